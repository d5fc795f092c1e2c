import { expect, test, vi } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import type { Context } from '../../../src/context.ts';
import { planTraining } from '../../../src/flows/gpu/plan-training.ts';
import { train } from '../../../src/flows/gpu/train.ts';
import { runLinks } from '../../../src/flows/human-loop/run-links.ts';
import { Wait } from '../../../src/flows/support/wait.ts';
import { forwardRuns } from '../../../src/flows/tracking/forward-runs.ts';
import { recordReport } from '../../../src/flows/tracking/record-report.ts';
import type { RunTracker } from '../../../src/providers/tracking/contract.ts';
import { retireGpuSession } from '../../../src/state/gpu-life.ts';
import { sampleRunMetrics } from '../../../src/state/tracking.ts';
import {
  cancelTraining,
  endTrainingJob,
  getTrainingJob,
  listTrainingJobs,
  markGpuSessionRunning,
  openGpuSession,
} from '../../../src/state/training.ts';
import { aTrainingJob } from '../../support/builders.ts';
import { aContext } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';
import { aPracticeWorld, driveTo, oddOrEven, startedCompetition } from '../../support/practice-world.ts';
import { trackerAt } from '../../support/wandb/a-tracker.ts';
import { startWandb, type WandbEmulator } from '../../support/wandb/start-wandb.ts';

const waiting = { timeout: 20_000, interval: 20 };

/** A run that is under way, and a service to tell of it. */
async function running(changes: { tracker?: (wandb: WandbEmulator) => RunTracker; now?: () => Date } = {}) {
  const db = await freshState();
  const { jobId, competition } = await aTrainingJob(db);
  const wandb = await startWandb(changes.now === undefined ? {} : { now: changes.now });
  const tracker = changes.tracker?.(wandb) ?? trackerAt(wandb);
  const ctx = await aContext({ state: db.state, tracker });
  let key: string | null = null;
  const startAgain = async () => {
    if (key !== null) {
      await retireGpuSession(db.state, { key, reason: 'vanished', billSeconds: 0, start: 'counts' });
    }
    const opened = await openGpuSession(db.state, {
      jobId,
      provider: 'local',
      offer: {},
      microUsd: 0,
      microUsdPerHour: 0,
      maxStarts: 9,
    });
    if (opened?.outcome !== 'opened') throw new Error('the run does not start');
    key = opened.session.key;
    await markGpuSessionRunning(db.state, key, 'machine');
    return opened.token;
  };
  const token = await startAgain();
  const tell = (count: number, from = 0, value: (seq: number) => number | null = (seq) => seq / 10) =>
    recordReport(
      ctx,
      { id: jobId, token },
      {
        metrics: Array.from({ length: count }, (_, index) => {
          const seq = from + index;
          return { seq, name: 'val/loss', step: seq, value: value(seq), seconds: seq };
        }),
        seconds: from + count,
        memoryBytes: 1_000_000,
        progress: { done: 1, total: 2 },
      },
    );
  return { ...db, ctx, wandb, jobId, token, competition, tell, startAgain };
}

const valuesOf = (wandb: WandbEmulator, run = 0) =>
  (wandb.runs()[run]?.history ?? []).map((line) => /"(?:val\/loss|cv\/fold)":([^,}]+)/.exec(line)?.[1]);

test('what a run tells appears at the service while it trains, and its end with the scores of the host', async () => {
  const { ctx, wandb, jobId, token, tell, competition } = await running();
  await tell(3, 0, (seq) => (seq === 1 ? null : seq / 10));

  await forwardRuns(ctx);
  await tell(5);
  await forwardRuns(ctx);
  const scores = { folds: [0.8, 0.9], cv: 0.85, cvSd: 0.07, gate: 0.123456 };
  await endTrainingJob(ctx.state, { id: jobId, token, status: 'succeeded', scores });
  await forwardRuns(ctx);
  await forwardRuns(ctx);

  const [run] = wandb.runs();
  expect(run).toMatchObject({
    state: 'finished',
    group: competition.slug,
    jobType: 'search',
    tags: ['boosting-plain', 'draft', 'round-1'],
    config: { approach: 'boosting-plain', seed: 42, parameters: { boosting: { depth: 6 } } },
    conflicts: [],
  });
  expect(valuesOf(wandb)).toEqual(['0', 'NaN', '0.2', '0.3', '0.4', '0.8', '0.9']);
  expect(run?.events.length).toBeGreaterThan(0);
  expect(run?.summary).toContain('"cv":0.85');
  expect(JSON.stringify(run)).not.toContain('0.123456');
  const posts = run?.posts;
  await forwardRuns(ctx);
  expect(run?.posts).toBe(posts);
});

test('a process that dies between telling and writing that down tells the same again', async () => {
  const { ctx, wandb, tell } = await running();
  await tell(4);
  const dying: Context = {
    ...ctx,
    state: {
      ...ctx.state,
      call: async (name, args, answer) => {
        if (name === 'advance_tracking_run') throw new Error('killed');
        return await ctx.state.call(name, args, answer);
      },
    },
  };

  await forwardRuns(dying);
  expect(wandb.runs()[0]?.history).toHaveLength(4);
  await tell(2, 4);
  await forwardRuns(ctx);

  expect(wandb.runs()).toHaveLength(1);
  expect(wandb.runs()[0]?.conflicts).toEqual([]);
  expect(valuesOf(wandb)).toEqual(['0', '0.1', '0.2', '0.3', '0.4', '0.5']);
});

test('a machine that is lost leaves a failed run, and its successor has one of its own', async () => {
  const { ctx, wandb, tell, startAgain } = await running();
  await tell(2);
  await forwardRuns(ctx);

  await startAgain();
  await tell(9);
  await forwardRuns(ctx);

  expect(wandb.runs().map(({ state, history }) => [state, history.length])).toEqual([
    ['failed', 2],
    ['running', 0],
  ]);
});

test('a run that the service does not take holds up no other', async () => {
  const { ctx, wandb, tell, startAgain } = await running();
  await tell(1);
  await forwardRuns(ctx);
  await startAgain();
  wandb.failNext('lines', { status: 500 }, { status: 500 }, { status: 500 });

  expect(await forwardRuns(ctx)).toBe(1);

  expect(wandb.runs().map(({ state }) => state)).toEqual(['running', 'running']);
});

test('a run that we end ourselves is stopped at the service', async () => {
  const { ctx, wandb, competition } = await running();
  await forwardRuns(ctx);

  await cancelTraining(ctx.state, competition.id);
  await forwardRuns(ctx);

  expect(wandb.runs()[0]).toMatchObject({ state: 'failed', isStopAsked: true, exitCode: 1 });
});

test('whoever presses Stop at the service ends the run here', async () => {
  const { ctx, wandb, jobId, tell } = await running();
  await tell(1);
  await forwardRuns(ctx);
  for (const run of wandb.runs()) run.isStopAsked = true;

  await tell(1, 1);
  await forwardRuns(ctx);

  expect(await getTrainingJob(ctx.state, jobId)).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('stopped this run'),
  });
});

test('a quiet run gives a sign of life every half minute; one that nobody told of is taken up again', async () => {
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs);
  const { ctx, wandb, tell } = await running({ now });
  const later = { ...ctx, now };
  await tell(1);
  await forwardRuns(later);
  await forwardRuns(later);
  expect(wandb.runs()[0]?.posts).toBe(1);

  for (let minute = 0; minute < 8; minute += 1) {
    aheadMs += 60_000;
    await forwardRuns(later);
  }
  expect(wandb.runs()[0]).toMatchObject({ state: 'running', posts: 9 });

  aheadMs += 600_000;
  expect(wandb.runs()[0]?.state).toBe('crashed');
  await forwardRuns(later);
  expect(wandb.runs()[0]?.state).toBe('running');
});

test('an outage delays no job, and everything is told once the service is back', async () => {
  const { ctx, wandb, jobId, token, tell } = await running({
    tracker: (at) =>
      trackerAt(at, {
        breaker: {
          failureShare: 0.5,
          windowMs: 60_000,
          minimumCalls: 3,
          halfOpenAfterMs: 50,
          retryEveryMs: 50,
        },
      }),
  });
  await forwardRuns(ctx);
  wandb.outage = { status: 503 };
  for (let hour = 0; hour < 6; hour += 1) {
    await tell(100, hour * 100);
    await forwardRuns(ctx);
  }
  await endTrainingJob(ctx.state, {
    id: jobId,
    token,
    status: 'succeeded',
    scores: { folds: [0.5], cv: 0.5, cvSd: 0, gate: null },
  });
  await forwardRuns(ctx);
  expect(await getTrainingJob(ctx.state, jobId)).toMatchObject({ status: 'succeeded' });
  expect(wandb.runs()[0]?.history).toHaveLength(0);

  wandb.outage = null;

  await vi.waitFor(async () => {
    await forwardRuns(ctx);
    expect(wandb.runs()[0]).toMatchObject({ state: 'finished', conflicts: [] });
  }, waiting);
  expect(wandb.runs()[0]?.history).toHaveLength(601);
});

test('a run that was deleted at the service is left alone; one whose id is taken gets another', async () => {
  const { ctx, wandb, tell, pool } = await running({
    tracker: (at) => trackerAt(at, { entity: at.entity }),
  });
  wandb.failNext('graphql', { status: 410 });
  await tell(1);
  await forwardRuns(ctx);
  await forwardRuns(ctx);
  const [run] = wandb.runs();
  expect(run?.history).toHaveLength(1);

  if (run !== undefined) wandb.deleteRun(run);
  await tell(1, 1);
  await forwardRuns(ctx);
  await forwardRuns(ctx);

  expect(wandb.runs()).toEqual([]);
  const { rows } = await pool.query('select state, error from tracking_runs');
  expect(rows).toEqual([{ state: 'given_up', error: expect.stringContaining('deleted') }]);
});

test('with a wrong key everything else goes on, and what a person has to mend is known', async () => {
  const apiKey = createSecret('w'.repeat(40));
  const { ctx, wandb, jobId, token, tell } = await running({ tracker: (at) => trackerAt(at, { apiKey }) });
  await tell(2);

  expect(await forwardRuns(ctx)).toBe(0);
  await endTrainingJob(ctx.state, { id: jobId, token, status: 'failed', error: 'broken' });
  expect(ctx.tracker?.problem()).toMatchObject({ code: 'wandb.refused' });

  apiKey.replace(wandb.apiKey);
  await forwardRuns(ctx);
  expect(wandb.runs()[0]).toMatchObject({ state: 'failed' });
});

test('without a key nothing is told outside, and the numbers are kept', async () => {
  const { ctx, wandb, jobId, token, tell, pool } = await running();
  await tell(3);
  await tell(3);

  expect(await forwardRuns({ ...ctx, tracker: null })).toBe(0);

  expect(wandb.requests).toEqual([]);
  const { rows } = await pool.query(
    `select name, value from run_metrics where job_id = $1 and token = $2 and kind = 'metric' order by line`,
    [jobId, token],
  );
  expect(rows).toHaveLength(3);
});

test('the curves of a run are those of its newest start that told any, thinned evenly, with their ends', async () => {
  const { ctx, jobId, tell, startAgain } = await running();
  await tell(3);
  const token = await startAgain();
  const many = Array.from({ length: 1_001 }, (_, seq) => {
    return { seq, name: 'val/auc', step: seq, value: seq === 500 ? null : seq / 1_000, seconds: seq };
  });
  const alone = { seq: 2_000, name: 'test/auc', step: 0, value: 0.9, seconds: 1 };
  const report = { metrics: [...many, alone], seconds: 9, memoryBytes: null, progress: null };
  await recordReport(ctx, { id: jobId, token }, report);

  const [curve, ...others] = await sampleRunMetrics(ctx.state, { jobId, mostNames: 9, mostPoints: 100 });

  expect(others).toEqual([]);
  expect(curve?.name).toBe('val/auc');
  expect(curve?.points.length).toBeGreaterThan(80);
  expect(curve?.points.length).toBeLessThanOrEqual(100);
  expect([curve?.points.at(0), curve?.points.at(-1)]).toEqual([
    [0, 0],
    [1_000, 1],
  ]);
});

test('a whole run of a competition is tracked from its heartbeats and its result', async () => {
  const wandb = await startWandb();
  const world = await aPracticeWorld({
    work: async (job) => ({
      ...(await oddOrEven(job)),
      metrics: [{ seq: 0, name: 'val/accuracy', step: 0, value: 0.75, seconds: 1 }],
    }),
  });
  const ctx = { ...world.ctx, tracker: trackerAt(wandb) };
  const competition = await driveTo(world, await startedCompetition(world), 'training');
  await planTraining(ctx, { competitionId: competition.id, version: competition.version });
  const [job] = await listTrainingJobs(ctx.state, competition.id);
  const itemId = job?.id ?? '';

  await vi.waitFor(async () => {
    const isOver = await train(ctx, { itemId }).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof Wait)) throw error;
        return false;
      },
    );
    await forwardRuns(ctx);
    expect(isOver).toBe(true);
  }, waiting);
  await forwardRuns(ctx);

  expect(wandb.runs()).toMatchObject([{ state: 'finished', group: competition.slug }]);
  const name = job?.approach.name ?? '';
  expect(await runLinks(ctx, competition.id, ['unknown', name, name])).toEqual([
    { name, url: expect.stringMatching(/^https:\/\/wandb\.ai\/.+\/runs\/\w+$/) },
  ]);
  expect(wandb.runs()[0]?.history[0]).toContain('"val/accuracy":0.75');
  expect(wandb.runs()[0]?.history).toHaveLength(4);
});
