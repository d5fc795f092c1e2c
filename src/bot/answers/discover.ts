import type { DiscoverFilter, DiscoverResult, ListedCompetition } from '../../domain/discovery-results.ts';
import { aCard, type Card, type CardAction, type CardItem } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { headline, type Scene } from './scene.ts';

const usualPage = 8;
const longestName = 60;
const longestReward = 30;
const symbols = { green: '🟢', amber: '🟡', red: '🔴' } as const;

/** `discover`: a line for each competition, with what people choose by. */
export function answerDiscover(
  scene: Scene,
  result: DiscoverResult,
  { page: wanted, perPage = usualPage }: { page: number; perPage?: number },
): Card {
  const { voice } = scene;
  const { competitions, filter } = result;
  const pages = Math.max(1, Math.ceil(competitions.length / Math.max(1, perPage)));
  const page = Math.min(pages, Math.max(1, wanted));
  const title = voice.plain(`answers:discover.title.${filter}`, { count: competitions.length });
  const isEmpty = competitions.length === 0;
  return aCard({
    title: headline(`🔎 ${title}`),
    summary: headline(title),
    body: isEmpty
      ? [voice.t(result.lookedAt === null ? 'answers:discover.never' : 'answers:discover.none')]
      : [],
    items: competitions.slice((page - 1) * perPage, page * perPage).map((one) => lineOf(scene, one)),
    actions: actionsOf(scene, filter, { page, pages }),
    footer: footerOf(voice, result, { page, pages }),
  });
}

function lineOf(scene: Scene, one: ListedCompetition): CardItem {
  const { voice } = scene;
  const { ink } = voice;
  const parts = [
    `${symbols[one.colour]} ${ink.text(String(Math.round(one.score)))} ${ink.bold(ink.text(one.slug))}`,
    ink.text(shorten(one.title, longestName)),
    ...factsOf(voice, one),
    ...marksOf(voice, one).map((mark) => ink.text(mark)),
  ];
  return { markup: parts.join(' · '), action: slugButton(scene, 'why', one.slug)[0] ?? null };
}

/** Markup: reward, end, field. */
function factsOf(voice: Voice, { reward, deadline, teams }: ListedCompetition): string[] {
  return [
    ...(reward === null ? [] : [voice.ink.text(shorten(reward, longestReward))]),
    deadline === null
      ? voice.t('answers:discover.no_end')
      : voice.t('answers:discover.ends', { at: voice.ink.text(voice.day(deadline)) }),
    voice.t('answers:discover.teams', { count: teams }),
  ];
}

/** Plain: how it stands with people, with the settings and with our account. */
function marksOf(voice: Voice, one: ListedCompetition): string[] {
  const { plain } = voice;
  const marks: [boolean, () => string][] = [
    [one.isNew, () => plain('answers:discover.mark.new')],
    [one.isUnderWay, () => plain('answers:discover.mark.running')],
    [one.suggestion === 'asked', () => plain('answers:discover.mark.asked')],
    [one.suggestion === 'watched', () => plain('answers:discover.mark.watched')],
    [one.suggestion === 'ignored', () => plain('answers:discover.mark.ignored')],
    [one.keptOutBy !== null, () => plain('answers:discover.mark.kept_out')],
    [!one.wasRead, () => plain('answers:discover.guess')],
  ];
  return [...marks.filter(([applies]) => applies).map(([, words]) => words()), ...standingOf(voice, one)];
}

/** Plain: how our account stands in it. */
export function standingOf(
  { plain }: Voice,
  { participation }: Pick<ListedCompetition, 'participation'>,
): string[] {
  if (participation === null || !participation.hasEntered) return [];
  const { rank, teams, teamName, submissionsLeft } = participation;
  return [
    plain('answers:discover.mark.entered'),
    ...(teamName === null ? [] : [plain('answers:discover.team', { name: shorten(teamName, longestName) })]),
    ...(rank === null || teams === null ? [] : [plain('answers:discover.standing', { rank, teams })]),
    ...(submissionsLeft === null ? [] : [plain('answers:discover.left', { count: submissionsLeft })]),
  ];
}

const filterButtons = [
  ['best', 'answers:btn.best'],
  ['new', 'answers:btn.new'],
  ['watched', 'answers:btn.watched'],
  ['all', 'answers:btn.all_listed'],
] as const;

function actionsOf(
  scene: Scene,
  filter: DiscoverFilter,
  { page, pages }: { page: number; pages: number },
): CardAction[] {
  const { plain } = scene.voice;
  return [
    ...(page < pages
      ? button(scene, 'discover', [filter, String(page + 1)], {
          label: plain('answers:btn.more_listed'),
          style: 'primary',
        })
      : []),
    ...filterButtons
      .filter(([name]) => name !== filter)
      .flatMap(([name, label]) => button(scene, 'discover', [name, '1'], { label: plain(label) })),
  ];
}

/** Markup. */
function footerOf(
  voice: Voice,
  { lookedAt, errorCode, threshold }: DiscoverResult,
  { page, pages }: { page: number; pages: number },
): string {
  return [
    ...(pages > 1 ? [voice.t('answers:list.page', { page, pages })] : []),
    ...(lookedAt === null ? [] : [voice.t('answers:discover.looked', { at: voice.time(lookedAt) })]),
    ...(errorCode === null ? [] : [voice.t('answers:discover.failed', { code: errorCode })]),
    voice.t('answers:discover.threshold', { score: threshold }),
  ].join(' · ');
}
