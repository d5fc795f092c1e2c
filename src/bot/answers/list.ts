import type { KnownCompetition } from '../../domain/command-results.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { type Overview, waitsForMachine, waitsForPerson } from '../../domain/overview.ts';
import { byDeadline } from '../by-deadline.ts';
import { aCard, type Card, type CardAction, type CardItem } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { isWorking, standingWords, stateWord, symbolOf } from '../cards/state-words.ts';
import { type ListFilter, listFilters } from '../commands.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene, typed } from './scene.ts';

const usualPage = 10;
const longestName = 80;

/** Order of the list: who needs a person first, then what works, then the rest. */
function urgency({ state, decisions }: Overview): number {
  if (decisions.some(({ status }) => status === 'open')) return 0;
  if (state === 'failed' || state === 'awaiting_decision') return 0;
  if (isFinal(state)) return 3;
  return state === 'paused' || state === 'discovered' ? 2 : 1;
}

const isListed: Readonly<Record<Exclude<ListFilter, 'available'>, (overview: Overview) => boolean>> = {
  running: ({ state }) => !isFinal(state),
  done: ({ state }) => isFinal(state),
  all: () => true,
};

/** `list`: one line each, with the button that is most likely wanted. */
export function answerList(
  scene: Scene,
  overviews: readonly Overview[],
  {
    filter,
    page,
    perPage = usualPage,
    known = [],
  }: {
    filter: Exclude<ListFilter, 'available'>;
    page: number;
    perPage?: number;
    /** From discovery: when they end. */
    known?: readonly KnownCompetition[];
  },
): Card {
  const { voice } = scene;
  const listed = overviews
    .filter(isListed[filter])
    .sort((a, b) => urgency(a) - urgency(b) || a.priority - b.priority || a.slug.localeCompare(b.slug));
  if (overviews.length === 0) return nothingThere(scene);
  const running = overviews.filter(({ state }) => isWorking({ state, isQueued: false })).length;
  const title = voice.plain('answers:list.title', { count: overviews.length, running });
  const shown = pageOf(listed, page, perPage);
  return aCard({
    title: headline(title),
    summary: headline(title),
    tone: overviews.some((one) => urgency(one) === 0) ? 'attention' : 'idle',
    body: listed.length === 0 ? [voice.t('answers:list.empty_filter')] : [],
    items: shown.rows.map((one) => lineOf(scene, one, known)),
    actions: listActions(scene, filter, shown),
    footer: footerOf(scene, shown),
  });
}

function nothingThere(scene: Scene): Card {
  const { voice } = scene;
  const title = voice.plain('answers:list.empty');
  return aCard({
    title: headline(title),
    summary: headline(title),
    body: [voice.t('answers:list.empty_body', { command: typed(scene, 'start') })],
    actions: [
      ...button(scene, 'start-form', [], { label: voice.plain('common:btn.start_new'), style: 'primary' }),
      ...button(scene, 'list', ['available', '1'], { label: voice.plain('answers:btn.available') }),
    ],
  });
}

function lineOf(scene: Scene, overview: Overview, known: readonly KnownCompetition[]): CardItem {
  const { voice } = scene;
  const { slug, state, round, maxRounds, best } = overview;
  const stated = {
    state,
    isQueued: state === 'discovered',
    waitsForPerson: waitsForPerson(overview),
    waitsForMachine: waitsForMachine(overview),
  };
  const rank = best === null ? '' : standingWords(voice, best);
  const deadline = known.find((one) => one.slug === slug)?.deadline ?? null;
  const parts = [
    `${symbolOf(stated)} ${voice.ink.bold(voice.ink.text(slug))}`,
    voice.ink.text(stateWord(voice, stated)),
    ...(round === 0 ? [] : [voice.t('common:round.of', { round, rounds: Math.max(round, maxRounds) })]),
    ...(best === null ? [] : [voice.ink.text(voice.score(best.score ?? best.cv))]),
    ...(rank === '' ? [] : [voice.ink.text(rank)]),
    ...(deadline === null || isFinal(state) ? [] : [voice.ink.text(voice.remaining(deadline))]),
  ];
  return { markup: parts.join(' · '), action: lineAction(scene, overview) };
}

function lineAction(scene: Scene, { slug, state, decisions }: Overview): CardAction | null {
  const { plain } = scene.voice;
  const open = decisions.find(({ status }) => status === 'open');
  const [action = null] =
    open === undefined
      ? slugButton(scene, state === 'paused' ? 'resume' : 'status', slug)
      : button(scene, 'details', [open.id], {
          label: plain('common:btn.decide'),
          style: 'primary',
          hint: plain('common:hint.decide', { slug }),
        });
  return action;
}

/** `list available`: what could be entered, the next deadline first. */
export function answerAvailable(scene: Scene, known: readonly KnownCompetition[], page: number): Card {
  const { voice } = scene;
  const open = known
    .filter(({ isRequested, deadline }) => !isRequested && (deadline === null || deadline > voice.now))
    .sort(byDeadline);
  const title = voice.plain('answers:list.available', { count: open.length });
  const shown = pageOf(open, page, usualPage);
  return aCard({
    title: headline(title),
    summary: headline(title),
    body: open.length === 0 ? [voice.t('answers:list.empty_filter')] : [],
    items: shown.rows.map((one) => availableLine(scene, one)),
    actions: listActions(scene, 'available', shown),
    footer: footerOf(scene, shown),
  });
}

function availableLine(scene: Scene, { slug, title, deadline }: KnownCompetition): CardItem {
  const { voice } = scene;
  const parts = [
    voice.ink.bold(voice.ink.text(slug)),
    voice.ink.text(shorten(title, longestName)),
    ...(deadline === null ? [] : [voice.t('answers:list.ends', { at: voice.deadline(deadline) })]),
  ];
  const [action = null] = slugButton(scene, 'start', slug);
  return { markup: parts.join(' · '), action };
}

type Shown<Row> = { rows: readonly Row[]; page: number; pages: number };

function pageOf<Row>(rows: readonly Row[], wanted: number, perPage: number): Shown<Row> {
  const pages = Math.max(1, Math.ceil(rows.length / perPage));
  const page = Math.min(pages, Math.max(1, wanted));
  return { rows: rows.slice((page - 1) * perPage, page * perPage), page, pages };
}

/** The other lists, and the pages before and after. At most five buttons in a row. */
function listActions(scene: Scene, filter: ListFilter, { page, pages }: Shown<unknown>): CardAction[] {
  const { plain } = scene.voice;
  const turn = (label: string, to: number) => button(scene, 'list', [filter, String(to)], { label });
  const turns = [
    ...(page > 1 ? turn(plain('answers:btn.previous'), page - 1) : []),
    ...(page < pages ? turn(plain('answers:btn.next'), page + 1) : []),
  ];
  const others = listFilters
    .filter((one) => one !== filter)
    .flatMap((one) => button(scene, 'list', [one, '1'], { label: plain(`answers:btn.${one}`) }));
  return [...turns, ...others];
}

function footerOf(scene: Scene, { page, pages }: Shown<unknown>): string {
  const { t } = scene.voice;
  const adds = t('answers:list.adds', { command: typed(scene, 'start') });
  return pages === 1 ? adds : `${t('answers:list.page', { page, pages })} · ${adds}`;
}
