import type { BoardLine, ContentOf } from '../../domain/card.ts';
import { aCard, type Card, type CardTable } from '../card.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button, menu } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine } from './limits.ts';
import { isWorking, stateWord, symbolOf, topOf } from './state-words.ts';

type Content = ContentOf<'board'>;

/** Discord takes no more entries in a menu; beyond it a board is none. */
const mostLines = 25;

/** All competitions at a glance. */
export function boardCard(content: Content, options: CardOptions): Card {
  const { voice, preferences } = options;
  const { plain, t } = voice;
  const { lines } = content;
  const head = headOf(content, voice);
  const hidden = lines.length - mostLines;
  const entries = lines
    .slice(0, mostLines)
    .map(({ slug }) => ({ label: slug, name: 'status' as const, args: [slug] }));
  const digest =
    preferences.digestAt === null ? [] : [t('cards:board.next_digest', { time: preferences.digestAt })];
  return aCard({
    title: head,
    summary: head,
    tone: lines.some(needsPerson) ? 'attention' : lines.some(isWorking) ? 'running' : 'idle',
    body:
      lines.length === 0 ? [t('cards:board.empty')] : hidden > 0 ? [t('common:more', { count: hidden })] : [],
    table: lines.length === 0 ? null : tableOf(lines.slice(0, mostLines), voice),
    actions: [
      ...menu(options, plain('cards:board.open'), entries),
      ...button(options, 'start-form', [], { label: plain('common:btn.start_new'), style: 'primary' }),
    ],
    footer: [...digest, t('cards:board.zone', { zone: voice.timeZone })].join(' · '),
  });
}

function headOf({ lines, gpuTodayUsd, gpuDayCapUsd }: Content, voice: Voice): string {
  const { plain, money } = voice;
  const waiting = lines.filter(needsPerson).length;
  const spent =
    gpuDayCapUsd === null
      ? plain('common:money.today', { spent: money(gpuTodayUsd) })
      : plain('common:money.of_today', { spent: money(gpuTodayUsd), cap: money(gpuDayCapUsd) });
  const parts = [
    plain('cards:board.name'),
    plain('cards:board.running', { count: lines.filter(isWorking).length }),
    waiting === 0 ? '' : plain('cards:board.needs_you', { count: waiting }),
    spent,
  ];
  return joinWithin(parts, ' · ', longestLine);
}

function needsPerson({ decisionUntil, state }: BoardLine): boolean {
  return decisionUntil !== null || state === 'failed' || state === 'awaiting_decision';
}

function tableOf(lines: readonly BoardLine[], voice: Voice): CardTable {
  const { plain } = voice;
  return {
    caption: plain('cards:board.caption'),
    header: [
      plain('cards:board.competition'),
      plain('cards:board.state'),
      plain('cards:board.best'),
      plain('cards:board.standing'),
      plain('cards:board.deadline'),
    ],
    rows: lines.map((line) => [
      shorten(line.slug, longestLine),
      stateCell(line, voice),
      voice.score(line.score),
      topOf(voice, line) || '–',
      line.deadline === null ? '–' : voice.remaining(line.deadline),
    ]),
    align: ['left', 'left', 'right', 'right', 'right'],
  };
}

/** Plain: `🔵 training 61 %, round 3 of 6`. */
function stateCell(line: BoardLine, voice: Voice): string {
  const { plain } = voice;
  const { progress, round, maxRounds, decisionUntil } = line;
  const symbol = needsPerson(line) && line.state !== 'failed' ? '🟡' : symbolOf(line);
  const share =
    isWorking(line) && line.waitsForMachine !== true && progress !== null && progress.total > 0
      ? ` ${voice.percent(progress.done / progress.total)}`
      : '';
  const parts = [
    `${symbol} ${stateWord(voice, line)}${share}`,
    decisionUntil === null ? '' : plain('cards:board.until', { time: voice.moment(decisionUntil) }),
    round > 0 && isWorking(line)
      ? plain('common:round.of', { round, rounds: Math.max(round, maxRounds) })
      : '',
  ];
  return parts.filter((part) => part !== '').join(voice.comma);
}
