import type { LeaderboardResult } from '../../domain/command-results.ts';
import { type Medal, medalOfRank, nextMedal } from '../../domain/medals.ts';
import { type MetricName, metricNames } from '../../domain/metrics/catalog.ts';
import type { Overview } from '../../domain/overview.ts';
import type { Card } from '../card.ts';
import { topOf } from '../cards/state-words.ts';
import { shorten } from '../shorten.ts';
import type { Scene } from './scene.ts';

export type Snapshot = LeaderboardResult['snapshots'][number];

const medals = ['gold', 'silver', 'bronze'] as const satisfies readonly Medal[];
const mostSubmissions = 6;
const longestApproach = 30;
const hourMs = 3_600_000;
/** "Since yesterday", also where the readings are not a whole day apart. */
const nearlyDayMs = 20 * hourMs;

/** Scores that take a medal, as far down as the reading goes; best first. */
export function medalLines(reading: Snapshot): { label: Medal; value: number }[] {
  const lines = medals.flatMap((label) => {
    const value = reading[label];
    return value === null ? [] : [{ label, value }];
  });
  // Among few entrants one place may earn several: the best medal names it.
  return lines.filter(({ value }, index) => lines.findIndex((line) => line.value === value) === index);
}

/** The newest reading that tells all lines; between whole boards only their heads are read. */
export function linedReading(snapshots: readonly Snapshot[]): Snapshot | undefined {
  return snapshots.find(({ bronze }) => bronze !== null) ?? snapshots[0];
}

/** Plain: `We: rank 1,204 of 13,880, 0.79186`. */
export function oursOf({ voice }: Scene, { rank, entrants, score }: Snapshot): string {
  if (rank === null) return voice.plain('answers:leaderboard.not_on');
  return voice.plain('answers:leaderboard.ours', { rank, entrants, score: voice.score(score) });
}

/** Plain: `top 9 %`. */
export function topWords({ voice }: Scene, newest: Snapshot): string[] {
  const top = topOf(voice, newest);
  return top === '' ? [] : [top];
}

/** Markup: places won or lost since about a day before, or since the reading before. */
export function moveWords({ voice }: Scene, [newest, ...older]: readonly Snapshot[]): string[] {
  if (newest?.rank == null) return [];
  const isOlder = (one: Snapshot, leastMs: number) =>
    one.rank !== null && newest.takenAt.getTime() - one.takenAt.getTime() >= leastMs;
  const before = older.find((one) => isOlder(one, nearlyDayMs)) ?? older.find((one) => isOlder(one, 0));
  if (before?.rank == null || before.rank === newest.rank || before.part !== newest.part) return [];
  const by = Math.abs(before.rank - newest.rank);
  const at = voice.time(before.takenAt);
  return [
    voice.t(newest.rank < before.rank ? 'answers:leaderboard.up' : 'answers:leaderboard.down', { by, at }),
  ];
}

/** Markup: the medal that our place takes now, how far the next one is, and what each takes. */
export function medalWords(
  { voice }: Scene,
  newest: Snapshot,
  lined: Snapshot,
  metric: Overview['metric'],
): string[] {
  const lines = medalLines(lined);
  const list = lines
    .map(({ label, value }) => `${voice.plain(`cards:chart.${label}`)} ${voice.score(value)}`)
    .join(' · ');
  if (!newest.awardsMedals) {
    return list === '' ? [] : [voice.t('answers:leaderboard.no_medals', { lines: list })];
  }
  const zone = newest.rank === null ? null : medalOfRank(newest.rank, newest.entrants);
  const words = [
    zone === null
      ? voice.t('answers:leaderboard.no_zone')
      : voice.t('answers:leaderboard.zone', { medal: voice.plain(`cards:chart.${zone}`) }),
    ...nextWords({ voice }, newest, lined, { metric, zone }),
  ].join(voice.gap);
  return [words, ...(list === '' ? [] : [voice.ink.text(list)])];
}

function nextWords(
  { voice }: Pick<Scene, 'voice'>,
  { score }: Snapshot,
  lined: Snapshot,
  { metric, zone }: { metric: Overview['metric']; zone: Medal | null },
): string[] {
  const name = metricOf(metric);
  const next = score === null || name === null ? null : nextMedal(name, score, lined, zone);
  if (next === null) return [];
  const { distance } = next;
  // Where one score takes several, the best of them names it, as in the list.
  const medal = medals.find((one) => lined[one] === lined[next.medal]) ?? next.medal;
  return [
    voice.t('answers:leaderboard.to_medal', {
      distance: voice.score(distance),
      medal: voice.plain(`cards:chart.${medal}`),
    }),
  ];
}

function metricOf(metric: Overview['metric']): MetricName | null {
  return metricNames.find((one) => one === metric?.name) ?? null;
}

/** Our newest submissions with their cross-validated, public and private scores. */
export function submissionFacts(
  { voice }: Scene,
  submissions: LeaderboardResult['submissions'],
): Card['facts'] {
  const { plain, score, ink } = voice;
  return submissions.slice(0, mostSubmissions).map((one) => ({
    label: plain('answers:leaderboard.submission', {
      approach: shorten(one.approach, longestApproach),
      round: one.round,
    }),
    value: ink.text(
      [
        ...(one.cv === null ? [] : [plain('answers:leaderboard.cv', { score: score(one.cv) })]),
        ...(one.publicScore === null
          ? []
          : [plain('answers:leaderboard.public', { score: score(one.publicScore) })]),
        ...(one.privateScore === null
          ? []
          : [plain('answers:leaderboard.private_score', { score: score(one.privateScore) })]),
        ...(one.isCounted ? [plain('answers:leaderboard.counted')] : []),
      ].join(' · ') || '–',
    ),
  }));
}

/** Markup: whether cross-validation may be trusted, once enough is known. */
export function agreementWords({ voice }: Scene, { agreement }: LeaderboardResult): string[] {
  const { verdict, spearman, pairs } = agreement;
  if (verdict === 'unknown' || spearman === null) return [];
  return [voice.t(`answers:leaderboard.${verdict}`, { value: spearman.toFixed(2), count: pairs })];
}
