import type { Context } from '../../context.ts';
import { asFailure, BusinessFailure } from '../../domain/errors.ts';
import { provesLeak } from '../../domain/leak-test.ts';
import { type Suspicion, suspicionOf } from '../../domain/suspicion.ts';
import { bestSearchRun } from '../../domain/training-plan.ts';
import { isCertain, type ScriptReview } from '../../providers/quality/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { listLeaderboards } from '../../state/leaderboards.ts';
import {
  type HostScores,
  listTrainingJobs,
  reportTrainingProgress,
  type TrainingJob,
} from '../../state/training.ts';
import { readContract } from '../support/job-data.ts';
import { readObject } from '../support/objects.ts';
import { shuffledTrial } from './shuffled-trial.ts';
import { tellRun } from './tell-run.ts';

/**
 * Looks closer at a score that is too good to be believed at once: its script is read again where a reader is
 * configured, and run on labels that the host shuffled. While that lasts the run does not count; one that leaks never
 * does.
 * @returns the scores, with what was found where they were doubted
 * @throws BusinessFailure `run.leak`
 */
export async function examineRun(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  scores: HostScores,
): Promise<HostScores> {
  const suspicion = await suspicionAbout(ctx, competition, job, scores);
  const { problem } = competition;
  if (suspicion === null || problem === null) return scores;
  await reportTrainingProgress(ctx.state, {
    id: job.id,
    token: job.token,
    progress: { phase: 'examining', progress: null, seconds: 0, logTail: suspicion.reason },
  });
  ctx.log.warn({ approach: job.approach.name, suspicion }, 'score examined before it counts');
  const script = await readScript(ctx, job);
  const review = await readAgain(ctx, competition, job, script, suspicion);
  if (review !== null && isCertain(review)) {
    throw await dropped(ctx, competition, job, leak(suspicion, review.leakage.reason));
  }
  const { seed, params } = job;
  const trial = await shuffledTrial(ctx, { slug: competition.slug, problem, script, seed, params });
  if ('problem' in trial) {
    // The first line is ours; what follows it is the script's own output.
    const [problem = ''] = trial.problem.split('\n');
    const reason = `${suspicion.reason} Whether it leaks could not be settled: on shuffled labels there was nothing to score. ${problem.replace(/ The end of its output:$/, '')} The score counts; look at its script before you trust it.`;
    await tellRun(ctx, competition, job, { event: 'score_examined', reason, subject: job.id });
    return { ...scores, examined: { ...suspicion, outcome: 'undecided', detail: trial.problem } };
  }
  if (provesLeak(trial, scores.cv)) {
    const evidence = `On labels that were shuffled among the rows it still scored ${shown(trial.score)}, where chance gives ${shown(meanOf(trial.chance))}: it sees the labels that it predicts.`;
    throw await dropped(ctx, competition, job, leak(suspicion, evidence));
  }
  const detail = `On shuffled labels it scored ${shown(trial.score)}, which is chance.`;
  return { ...scores, examined: { ...suspicion, outcome: 'counts', detail } };
}

async function suspicionAbout(
  ctx: Pick<Context, 'state'>,
  competition: Competition,
  job: TrainingJob,
  scores: HostScores,
): Promise<Suspicion | null> {
  const { problem } = competition;
  if (problem === null || job.purpose !== 'search') return null;
  const runs = await listTrainingJobs(ctx.state, competition.id);
  const best = bestSearchRun(
    problem.metric,
    runs.filter((run) => run.id !== job.id),
  );
  const [board] = await listLeaderboards(ctx.state, competition.id, 1);
  const isComparable = problem.officialMetric === undefined && board?.part === 'public';
  return suspicionOf({
    metric: problem.metric,
    folds: scores.folds,
    bestOther: best?.scores?.folds ?? null,
    publicBest: isComparable ? (board.top[0]?.score ?? null) : null,
    entrants: board?.entrants ?? 0,
  });
}

async function readScript(ctx: Pick<Context, 'objects'>, job: TrainingJob): Promise<string> {
  return (await readObject(ctx, `${job.code.objectPrefix ?? ''}/train.py`)).toString('utf8');
}

/** @returns null where nobody is there to read it, or the reading failed */
async function readAgain(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  script: string,
  suspicion: Suspicion,
): Promise<ScriptReview | null> {
  if (ctx.quality.review === null || job.code.generator === 'baseline') return null;
  try {
    const contract = await readContract(ctx, competition.slug, 0);
    const input = {
      script,
      requirements: '',
      contract,
      competitionId: competition.id,
      approachId: job.approachId,
      suspicions: [suspicion.reason],
      ...(competition.profile === null ? {} : { profile: competition.profile }),
    };
    return await ctx.quality.review(input, { signal: ctx.signal });
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn({ err: asFailure(error), approach: job.approach.name }, 'script not read again');
    return null;
  }
}

/** People are told before the run ends. */
async function dropped(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  failure: BusinessFailure,
): Promise<BusinessFailure> {
  await tellRun(ctx, competition, job, { event: 'leak_found', reason: failure.message, subject: job.id });
  return failure;
}

function leak({ reason }: Suspicion, evidence: string): BusinessFailure {
  return new BusinessFailure(`${reason} ${evidence} The run does not count.`, { code: 'run.leak' });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function shown(score: number): string {
  return String(Number(score.toPrecision(5)));
}
