import type { BoardLine, ContentOf } from '../../domain/card.ts';
import { aCard, type Card, type CardItem } from '../card.ts';
import { createClock } from '../clock.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button, slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { changeLine } from './change-words.ts';
import { longestLine, longestSentence } from './limits.ts';
import { ownWords } from './own-words.ts';
import { isWorking, standingWords, stateWord } from './state-words.ts';

type Content = ContentOf<'digest'>;

/** More rows, each with a button, do not fit into one message of every platform. */
const mostItems = 8;

const soonMs = 14 * 24 * 3_600_000;

/** What the last day brought; who needs a person comes first. */
export function digestCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { plain, t } = voice;
  const { decisions, moved } = content;
  const day = dayWords(content.day, voice);
  const items = itemsOf(content, options);
  const hidden = items.length - mostItems;
  const parts = [
    plain('cards:digest.summary', { day }),
    decisions.length === 0 ? '' : plain('common:decisions', { count: decisions.length }),
    ...moved.map(({ slug, score }) => (score === null ? '' : `${slug} ${voice.score(score)}`)),
  ];
  return aCard({
    title: shorten(`☀ ${plain('cards:digest.title', { day })}`, longestLine),
    summary: joinWithin(parts, voice.comma, longestLine),
    tone: decisions.length > 0 ? 'attention' : 'idle',
    items: [...items.slice(0, mostItems), ...spentItems(content, voice), ...todayItems(content, voice)],
    actions: [
      ...button(options, 'list', [], { label: plain('common:btn.list') }),
      ...button(options, 'config', [], { label: plain('cards:digest.settings') }),
    ],
    footer: hidden > 0 ? t('common:more', { count: hidden }) : null,
  });
}

/** A calendar day is the same in every zone. */
function dayWords(day: string, { locale, now }: Voice): string {
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime())) return shorten(day, longestLine);
  return createClock({ locale, timeZone: 'UTC', now }).day(midnight);
}

function itemsOf(content: Content, options: CardOptions): CardItem[] {
  const { voice } = options;
  const { plain, ink } = voice;
  const item = (group: string, markup: string, action: CardItem['action'] = null) =>
    lineOf(group, markup, voice, action);
  return [
    ...content.decisions.map((decision) =>
      item(plain('cards:digest.needs_you'), askMarkup(decision, voice), decideButton(decision, options)),
    ),
    ...content.alerts.map(({ message }) =>
      item(plain('cards:digest.alert'), ink.text(ownWords(voice, shorten(message, longestSentence)))),
    ),
    ...content.moved.map((line) => item(plain('cards:digest.moved'), movedMarkup(line, voice))),
    ...content.unmoved.map((line) =>
      item(
        plain('cards:digest.unmoved'),
        ink.text([line.slug, stateWord(voice, line)].join(voice.comma)),
        line.state === 'paused' ? (slugButton(options, 'resume', line.slug)[0] ?? null) : null,
      ),
    ),
    ...(content.changed ?? []).map(({ slug, change }) =>
      item(plain('cards:digest.changed'), `${ink.text(slug)}${voice.comma}${changeLine(voice, change)}`),
    ),
    ...content.discovered.map(({ slug, title }) =>
      item(
        plain('cards:digest.found'),
        ink.text(shorten(title, longestLine)),
        slugButton(options, 'start', slug)[0] ?? null,
      ),
    ),
  ];
}

type Ask = Content['decisions'][number];

function askMarkup({ slug, question, deadline }: Ask, voice: Voice): string {
  const asked = ownWords(voice, shorten(question, longestSentence));
  return voice.t('cards:digest.ask', { slug, question: asked, time: voice.time(deadline) });
}

function decideButton({ decisionId, slug }: Ask, options: CardOptions): CardItem['action'] {
  const { plain } = options.voice;
  const [made] = button(options, 'details', [decisionId], {
    label: plain('common:btn.decide'),
    hint: plain('common:hint.decide', { slug }),
    style: 'primary',
  });
  return made ?? null;
}

type Moved = Content['moved'][number];

/** Markup: `titanic 0.79186 ▲ +0.00718, rank 1,204 of 13,880 (▲ 87)`. */
function movedMarkup(line: Moved, voice: Voice): string {
  const { plain, ink } = voice;
  const score =
    line.previousScore === null && line.score !== null
      ? plain('cards:digest.first', { score: voice.score(line.score) })
      : [voice.score(line.score), voice.change(line.previousScore, line.score)]
          .filter((part) => part !== '')
          .join(' ');
  const standing = [standingWords(voice, line), rankChange(line, voice)].filter((part) => part !== '');
  const parts = [`${line.slug} ${score}`, standing.join(' '), stateWord(voice, line)];
  return ink.text(parts.filter((part) => part !== '').join(voice.comma));
}

/** Up is better: fewer are ahead. */
function rankChange(
  { rank, previousRank }: BoardLine & { previousRank: number | null },
  voice: Voice,
): string {
  if (rank === null || previousRank === null || rank === previousRank) return '';
  return rank < previousRank
    ? `(▲ ${voice.number(previousRank - rank)})`
    : `(▼ ${voice.number(rank - previousRank)})`;
}

function spentItems(content: Content, voice: Voice): CardItem[] {
  const { plain, ink, money } = voice;
  const { gpuYesterdayUsd, gpuDayCapUsd, llmYesterdayUsd, monthUsd } = content;
  const gpu =
    gpuDayCapUsd === null
      ? plain('cards:digest.spent_gpu_only', { spent: money(gpuYesterdayUsd) })
      : plain('cards:digest.spent_gpu', { spent: money(gpuYesterdayUsd), cap: money(gpuDayCapUsd) });
  const llm = plain('cards:digest.spent_llm', { spent: money(llmYesterdayUsd) });
  const month = [plain('cards:digest.month'), money(monthUsd)].join(' ');
  return [lineOf(plain('cards:digest.spent'), ink.text([gpu, llm, month].join(' · ')), voice)];
}

/** What goes on, and how much ends soon. */
function todayItems({ moved, unmoved }: Content, voice: Voice): CardItem[] {
  const { plain, ink, now } = voice;
  const lines = [...moved, ...unmoved];
  const ending = lines.filter(({ deadline }) => {
    const leftMs = deadline === null ? -1 : deadline.getTime() - now.getTime();
    return leftMs > 0 && leftMs < soonMs;
  });
  const parts = [
    ...lines.filter(isWorking).map(({ slug, round, maxRounds }) => {
      const rounds = Math.max(round, maxRounds);
      return round === 0
        ? slug
        : plain('cards:digest.running', { slug, round: plain('common:round.of', { round, rounds }) });
    }),
    ...(ending.length === 0 ? [] : [plain('cards:digest.ends_soon', { count: ending.length })]),
  ];
  if (parts.length === 0) return [];
  return [lineOf(plain('cards:digest.today'), ink.text(joinWithin(parts, ' · ', longestSentence)), voice)];
}

function lineOf(group: string, markup: string, { ink }: Voice, action: CardItem['action'] = null): CardItem {
  return { markup: `${ink.bold(ink.text(group))} · ${markup}`, action };
}
