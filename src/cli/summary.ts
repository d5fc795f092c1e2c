import Table from 'cli-table3';
import { cut } from '../bot/shorten.ts';
import { type Overview, stateWords } from '../domain/overview.ts';
import { count, duration, money, rankOf, score, spread } from './format.ts';

const nameWidth = 34;
const errorWidth = 80;

/** The document of `run --json`, beside its schema number. */
export function runDocument(overview: Overview, seconds: number): Record<string, unknown> {
  const { best } = overview;
  return {
    competition: overview.slug,
    status: overview.state,
    rounds: overview.round,
    best:
      best === null
        ? null
        : {
            approach: best.approach,
            cv: best.cv,
            submission: best.submission,
            score: best.score,
            rank: best.rank,
            entrants: best.entrants,
          },
    submissions: overview.submissions.map((one) => ({
      key: one.key,
      approach: one.approach,
      cv: one.cv,
      score: one.finalScore ?? one.publicScore,
    })),
    costUsd: overview.costUsd,
    seconds: Math.round(seconds * 10) / 10,
    // Only where it says why there is no score.
    ...(best === null && overview.failure !== null ? { error: overview.failure } : {}),
  };
}

/** What a run came to: approaches, submissions, rank, cost, time, and where the files lie. */
export function renderSummary(overview: Overview, seconds: number): string {
  const { best, metric } = overview;
  const direction = metric?.direction === 'minimize' ? 'lower' : 'higher';
  const result =
    best === null || best.score === null
      ? `no score: ${overview.failure?.message ?? overview.outcome ?? stateWords[overview.state]}`
      : [
          `score ${score(best.score)} (${metric?.name ?? 'hidden part of the test'}, ${direction} is better)`,
          `CV ${score(best.cv)}`,
          rankOf(best.rank, best.entrants),
        ]
          .filter((part) => part !== '')
          .join('   ');
  return [
    '',
    ...(overview.approaches.length === 0 ? [] : [approachTable(overview)]),
    ...overview.approaches.flatMap(({ name, error }) =>
      error === null ? [] : [`${name} failed: ${cut(error, errorWidth)}`],
    ),
    ...(overview.submissions.length === 0 ? [] : [submissionTable(overview)]),
    `${overview.slug} ${stateWords[overview.state]}: ${result}`,
    ...(best === null ? [] : [`best: ${best.approach}, submission ${best.submission}`]),
    `${count(overview.round, 'round')} · cost ${money(overview.costUsd)} · ${duration(seconds * 1000)} · artifacts in ${overview.artifactsFolder}`,
  ].join('\n');
}

function approachTable({ approaches }: Overview): string {
  const table = plainTable(['round', 'approach', 'family', 'CV', 'expected', 'status']);
  for (const one of approaches) {
    table.push([
      String(one.round),
      cut(one.name, nameWidth),
      cut(one.family, nameWidth / 2),
      spread(one.cv, one.cvSd),
      score(one.estimate),
      one.status,
    ]);
  }
  return table.toString();
}

function submissionTable({ submissions }: Overview): string {
  const table = plainTable(['submission', 'approach', 'CV', 'public', 'hidden test', 'rank']);
  for (const one of submissions) {
    table.push([
      one.key,
      cut(one.approach, nameWidth),
      score(one.cv),
      score(one.publicScore),
      one.finalScore === null ? cut(one.error ?? one.status, nameWidth) : score(one.finalScore),
      one.rank === null ? '–' : `${one.rank} of ${one.entrants ?? '?'}`,
    ]);
  }
  return table.toString();
}

/** Without colours: the tables look the same in a file. */
function plainTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}
