import { type Chart, mostChartPoints } from '../../domain/chart.ts';
import type { LeaderboardResult } from '../../domain/command-results.ts';
import type { Overview } from '../../domain/overview.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { type Period, periods } from '../commands.ts';
import { shorten } from '../shorten.ts';
import {
  agreementWords,
  linedReading,
  medalLines,
  medalWords,
  moveWords,
  oursOf,
  type Snapshot,
  submissionFacts,
  topWords,
} from './leaderboard-words.ts';
import { headline, type Scene } from './scene.ts';

const mostRows = 10;
const longestName = 40;

/** `leaderboard`: the newest reading, where we are and what a medal takes, our submissions, and how our score moved. */
export function answerLeaderboard(
  scene: Scene,
  { slug, metric }: Pick<Overview, 'slug' | 'metric'>,
  result: LeaderboardResult,
  { scores, period = 'all' }: { scores: Chart | null; period?: Period },
): Card {
  const { voice } = scene;
  const { snapshots } = result;
  const [newest] = snapshots;
  const lined = linedReading(snapshots);
  const actions = slugButton(scene, 'status', slug);
  if (newest === undefined || lined === undefined) return noneYet(scene, slug, result, actions);
  const whole =
    withMedals(scores, lined) ?? (metric === null ? null : chartOf(slug, metric, snapshots, lined));
  const chart = whole === null ? null : within(whole, period, voice.now);
  const ours = oursOf(scene, newest);
  return aCard({
    title: headline(voice.plain('answers:leaderboard.title', { slug })),
    summary: headline([`${slug}: ${ours}`, ...topWords(scene, newest)].join(voice.comma)),
    body: [
      [
        voice.ink.bold(voice.ink.text(ours)),
        ...topWords(scene, newest).map((words) => voice.ink.text(words)),
        ...moveWords(scene, snapshots),
      ].join('  '),
      ...(newest.part === 'private' ? [voice.t('answers:leaderboard.private')] : []),
      ...medalWords(scene, newest, lined, metric),
      ...agreementWords(scene, result),
      voice.t('answers:leaderboard.read', { count: newest.entrants, at: voice.time(newest.takenAt) }),
    ],
    facts: submissionFacts(scene, result.submissions),
    table: {
      caption: voice.plain('answers:leaderboard.caption', { slug }),
      header: [
        voice.plain('answers:leaderboard.place'),
        voice.plain('answers:leaderboard.entrant'),
        voice.plain('answers:leaderboard.score'),
      ],
      align: ['right', 'left', 'right'],
      rows: rowsOf(scene, newest),
    },
    images: chart === null ? [] : [{ chart, alt: chartAlt(chart, voice) }],
    actions: [...periodButtons(scene, slug, whole, period), ...actions],
  });
}

function noneYet(
  scene: Scene,
  slug: string,
  { submissions }: LeaderboardResult,
  actions: CardAction[],
): Card {
  const { voice } = scene;
  return aCard({
    title: headline(voice.plain('answers:leaderboard.none_title', { slug })),
    summary: headline(voice.plain('answers:leaderboard.none', { slug })),
    body: [voice.t('answers:leaderboard.none', { slug })],
    facts: submissionFacts(scene, submissions),
    actions,
  });
}

const dayMs = 24 * 3_600_000;
const periodMs = { day: dayMs, week: 7 * dayMs, all: Number.POSITIVE_INFINITY } as const;

/** Null where nothing was scored within that time. */
function within(chart: Chart, period: Period, now: Date): Chart | null {
  if (chart.kind !== 'scores') return chart;
  const points = chart.points.filter(({ at }) => now.getTime() - at.getTime() <= periodMs[period]);
  return points.length === 0 ? null : { ...chart, points };
}

/** None where every picture would be the same. */
function periodButtons(scene: Scene, slug: string, whole: Chart | null, shown: Period): CardAction[] {
  const { now, plain } = scene.voice;
  const oldest = whole?.kind === 'scores' ? whole.points[0]?.at : undefined;
  if (oldest === undefined || now.getTime() - oldest.getTime() <= dayMs) return [];
  return periods
    .filter((one) => one !== shown)
    .flatMap((one) =>
      button(scene, 'leaderboard', [slug, one], { label: plain(`answers:leaderboard.period.${one}`) }),
    );
}

/** The best, and ourselves below them where we are not among them. */
function rowsOf({ voice }: Scene, { top, rank, score }: Snapshot): string[][] {
  const we = voice.plain('answers:leaderboard.we');
  const rows = top.slice(0, mostRows).map((one, index) => {
    const isUs = rank === index + 1 && score === one.score;
    const name = shorten(one.name, longestName);
    return [voice.number(index + 1), isUs ? `${name} ${we}` : name, voice.score(one.score)];
  });
  return rank === null || rank <= rows.length
    ? rows
    : [...rows, [voice.number(rank), we, voice.score(score)]];
}

/** The scores of our submissions, with the medals that are in sight where it names no lines of its own. */
function withMedals(chart: Chart | null, lined: Snapshot): Chart | null {
  if (chart?.kind !== 'scores') return null;
  return chart.lines.length > 0 ? chart : { ...chart, lines: medalLines(lined) };
}

/** Our score at each reading, oldest first; readings that changed nothing are left out. */
function chartOf(
  slug: string,
  metric: NonNullable<Overview['metric']>,
  snapshots: readonly Snapshot[],
  lined: Snapshot,
): Chart | null {
  const oldestFirst = snapshots.filter(({ part }) => part === 'public').toReversed();
  const points = oldestFirst.flatMap(({ score, takenAt }, index) => {
    if (score === null || oldestFirst[index - 1]?.score === score) return [];
    return [{ round: index + 1, at: takenAt, value: score }];
  });
  if (points.length === 0) return null;
  return {
    kind: 'scores',
    slug,
    metric: metric.name,
    direction: metric.direction,
    points: points.slice(-mostChartPoints),
    lines: medalLines(lined),
  };
}
