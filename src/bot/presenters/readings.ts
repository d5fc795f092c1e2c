import type { BudgetResult, LeaderboardResult, LogsResult } from '../../domain/command-results.ts';
import { bar, columns, createMoment, cut, duration, moment, money, type Place, score } from './format.ts';

const sparks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];
const longestReason = 90;

/** `leaderboard`: the newest reading, and how our score moved. */
export function presentLeaderboard(slug: string, { snapshots }: LeaderboardResult, place: Place): string {
  const [newest, previous] = snapshots;
  if (newest === undefined) {
    return `No leaderboard of ${slug} has been read yet; the first is read after a submission.`;
  }
  const rows = newest.top.map(({ name, score: value }, index) => [
    String(index + 1).padStart(6),
    name,
    score(value),
  ]);
  const move = previous === undefined ? '' : changeOf(newest.rank, previous.rank);
  const ours =
    newest.rank === null
      ? 'We are not on it yet.'
      : `We: rank ${newest.rank} of ${newest.entrants}, ${score(newest.score)}${move}`;
  return [
    `${slug} · leaderboard · ${newest.entrants} entrants · read ${moment(newest.takenAt, place)}`,
    ...columns(rows),
    ours,
    ...trend(snapshots),
  ].join('\n');
}

function changeOf(rank: number | null, before: number | null): string {
  if (rank === null || before === null || rank === before) return '';
  return rank < before
    ? `  ▲ ${before - rank} since the reading before`
    : `  ▼ ${rank - before} since the reading before`;
}

/** Our scores as a line of bars, oldest first. */
function trend(snapshots: LeaderboardResult['snapshots']): string[] {
  const scores = snapshots.flatMap((one) => (one.score === null ? [] : [one.score])).reverse();
  const [first] = scores;
  const last = scores.at(-1);
  if (first === undefined || last === undefined || scores.length < 2) return [];
  const low = Math.min(...scores);
  const width = Math.max(...scores) - low;
  const marks = scores.map((value) => {
    const level = width === 0 ? 0 : Math.round(((value - low) / width) * (sparks.length - 1));
    return sparks[level] ?? '';
  });
  return [`Our score: ${marks.join('')}  ${score(first)} → ${score(last)}`];
}

/** `logs`: every run of a stage, newest last. */
export function presentLogs(slug: string, { runs }: LogsResult, place: Place): string {
  if (runs.length === 0) return `Nothing has been done for ${slug} yet.`;
  const at = createMoment(place);
  const rows = runs.map((run) => [
    at(run.startedAt),
    run.job,
    run.item,
    run.attempt > 1 ? `attempt ${run.attempt}` : '',
    run.status,
    run.endedAt === null ? '' : duration(run.endedAt.getTime() - run.startedAt.getTime()),
    reasonOf(run),
  ]);
  return [`${slug} · the last ${runs.length} steps`, ...columns(rows, '  ')].join('\n');
}

function reasonOf(run: LogsResult['runs'][number]): string {
  if (run.errorMessage === null) return cut(run.outcome ?? '', longestReason);
  const source = [run.errorClass, run.errorCode].filter((part) => part !== null).join(' ');
  return cut(`${source === '' ? '' : `${source}: `}${run.errorMessage}`, longestReason);
}

/** `budget`: spent today against the caps. */
export function presentBudget(slug: string | null, budget: BudgetResult): string {
  const { caps, gpuTodayUsd, llmTodayUsd, competitionUsd } = budget;
  const rows = [
    ['machines today', ...against(gpuTodayUsd, caps.gpu_day)],
    ['language models today', ...against(llmTodayUsd, caps.llm_day)],
    ...(slug === null ? [] : [[slug, money(competitionUsd), '']]),
  ];
  const hour = caps.fleet_hour;
  return [
    `Spent today ${money(gpuTodayUsd + llmTodayUsd)}`,
    ...columns(rows, '  '),
    ...(hour === undefined
      ? []
      : [`All machines together may cost at most ${money(hour)} an hour at any moment.`]),
    'Nothing is rented or asked above a cap. The caps are settings: docs/configuration.md',
  ].join('\n');
}

function against(spentUsd: number, capUsd: number | undefined): string[] {
  if (capUsd === undefined) return [money(spentUsd), 'no cap'];
  return [
    `${money(spentUsd)} of ${money(capUsd)}`,
    bar({ done: Math.ceil(spentUsd * 100), total: capUsd * 100 }),
  ];
}
