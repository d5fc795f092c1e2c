import { type Chart, mostChartPoints } from '../../domain/chart.ts';
import type { LeaderboardResult } from '../../domain/command-results.ts';
import { medalThresholds } from '../../domain/medals.ts';
import type { Overview } from '../../domain/overview.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { type Period, periods } from '../commands.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene } from './scene.ts';

const mostRows = 10;
const longestName = 40;

type Snapshot = LeaderboardResult['snapshots'][number];

/** `leaderboard`: the newest reading, where we are, and how our score moved. */
export function answerLeaderboard(
  scene: Scene,
  { slug, metric }: Pick<Overview, 'slug' | 'metric'>,
  { snapshots }: LeaderboardResult,
  { scores, period = 'all' }: { scores: Chart | null; period?: Period },
): Card {
  const { voice } = scene;
  const [newest, before] = snapshots;
  const actions = slugButton(scene, 'status', slug);
  if (newest === undefined) {
    return aCard({
      title: headline(voice.plain('answers:leaderboard.none_title', { slug })),
      summary: headline(voice.plain('answers:leaderboard.none', { slug })),
      body: [voice.t('answers:leaderboard.none', { slug })],
      actions,
    });
  }
  const whole = withMedals(scores, newest) ?? (metric === null ? null : chartOf(slug, metric, snapshots));
  const chart = whole === null ? null : within(whole, period, voice.now);
  const medals = medalWords(scene, newest);
  const ours = oursOf(scene, newest);
  return aCard({
    title: headline(voice.plain('answers:leaderboard.title', { slug })),
    summary: headline(`${slug}: ${ours}`),
    body: [
      [voice.ink.bold(voice.ink.text(ours)), ...moveOf(scene, newest, before)].join('  '),
      voice.t('answers:leaderboard.read', { count: newest.entrants, at: voice.time(newest.takenAt) }),
      ...(medals === '' ? [] : [voice.ink.text(medals)]),
    ],
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
  const oldest = whole?.points[0]?.at;
  if (oldest === undefined || now.getTime() - oldest.getTime() <= dayMs) return [];
  return periods
    .filter((one) => one !== shown)
    .flatMap((one) =>
      button(scene, 'leaderboard', [slug, one], { label: plain(`answers:leaderboard.period.${one}`) }),
    );
}

/** Plain: what a medal takes today. */
function medalWords({ voice }: Scene, newest: Snapshot): string {
  return medalLines(newest)
    .map(({ label, value }) => `${voice.plain(`cards:chart.${label}`)} ${voice.score(value)}`)
    .join(' · ');
}

function oursOf({ voice }: Scene, { rank, entrants, score }: Snapshot): string {
  if (rank === null) return voice.plain('answers:leaderboard.not_on');
  return voice.plain('answers:leaderboard.ours', { rank, entrants, score: voice.score(score) });
}

function moveOf({ voice }: Scene, { rank }: Snapshot, before: Snapshot | undefined): string[] {
  const old = before?.rank ?? null;
  if (rank === null || old === null || rank === old) return [];
  return rank < old
    ? [voice.t('answers:leaderboard.up', { by: old - rank })]
    : [voice.t('answers:leaderboard.down', { by: rank - old })];
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
function withMedals(chart: Chart | null, newest: Snapshot): Chart | null {
  if (chart?.kind !== 'scores') return null;
  return chart.lines.length > 0 ? chart : { ...chart, lines: medalLines(newest) };
}

/** Our score at each reading, oldest first; readings that changed nothing are left out. */
function chartOf(
  slug: string,
  metric: NonNullable<Overview['metric']>,
  snapshots: readonly Snapshot[],
): Chart | null {
  const oldestFirst = snapshots.toReversed();
  const points = oldestFirst.flatMap(({ score, takenAt }, index) => {
    if (score === null || oldestFirst[index - 1]?.score === score) return [];
    return [{ round: index + 1, at: takenAt, value: score }];
  });
  const newest = snapshots[0];
  if (points.length === 0 || newest === undefined) return null;
  return {
    kind: 'scores',
    slug,
    metric: metric.name,
    direction: metric.direction,
    points: points.slice(-mostChartPoints),
    lines: medalLines(newest),
  };
}

/** Scores that earn a medal today, as far down as the reading goes. */
function medalLines({ top, entrants }: Snapshot): { label: 'gold' | 'silver' | 'bronze'; value: number }[] {
  const places = medalThresholds(entrants);
  const lines = (['gold', 'silver', 'bronze'] as const).flatMap((label) => {
    const value = top[places[label] - 1]?.score;
    return value === undefined ? [] : [{ label, value }];
  });
  // Among few entrants one place may earn several: the best medal names it.
  return lines.filter(({ value }, index) => lines.findIndex((line) => line.value === value) === index);
}
