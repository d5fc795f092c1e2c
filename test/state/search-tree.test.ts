import { expect, test } from 'vitest';
import { z } from 'zod';
import { debugCode, endCode, listCode, planGeneration } from '../../src/state/code.ts';
import { transitionCompetition } from '../../src/state/competitions.ts';
import type { StatePort } from '../../src/state/port.ts';
import { finishResearch, listApproaches, planResearch } from '../../src/state/research.ts';
import { listNodes, readSearchPlan, storeAblations } from '../../src/state/search.ts';
import { endTrainingJob, planTraining } from '../../src/state/training.ts';
import { aCompetition, someActor as actor, anApproach, aRun, aTrainingJob } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

type Db = Awaited<ReturnType<typeof freshState>>;

/** A competition that writes scripts, with one planned script for each approach. */
async function aCodingCompetition(db: Db, names: readonly string[] = ['first-way']) {
  const { id } = await aCompetition(db, { state: 'researching', round: 1 });
  const nodes = names.map((name) => ({ spec: anApproach(name) }));
  await finishResearch(db.state, { competitionId: id, version: 0, nodes, actor });
  await transitionCompetition(db.state, { id, version: 1, event: 'generation_started', actor });
  const codeIds = await planGeneration(db.state, { competitionId: id, version: 2, actor });
  return { id, version: 2, codeIds: codeIds ?? [] };
}

const debug = (state: StatePort, id: string, child = 'first-way-fix1', maxDepth = 3) =>
  debugCode(state, {
    id,
    generator: 'claude',
    objectPrefix: 'code/first-way',
    gateReport: { passed: false, checks: [{ name: 'compile', status: 'failed' }] },
    error: 'It does not compile.',
    child: anApproach(child),
    maxDepth,
    actor,
  });

const announced = async ({ pool }: Db) => {
  const { rows } = await pool.query<{ payload: unknown }>(
    `select payload from events where type = 'generation_planned' order by id`,
  );
  return rows.map(({ payload }) => z.object({ items: z.array(z.string()) }).parse(payload).items);
};

test('a rejected script and the node that mends it are one step, and the new script is announced', async () => {
  const db = await freshState();
  const { id, codeIds } = await aCodingCompetition(db);
  const [failed = ''] = codeIds;

  const debugged = await debug(db.state, failed);

  const [parent, child] = await listNodes(db.state, id);
  expect(debugged).toEqual({ ended: true, child: child?.code?.id });
  expect(parent).toMatchObject({
    status: 'failed',
    code: { status: 'failed', generator: 'claude', failedCheck: 'compile', error: 'It does not compile.' },
  });
  expect(child).toMatchObject({
    name: 'first-way-fix1',
    operator: 'debug',
    parents: [parent?.id],
    debugDepth: 1,
    round: 1,
    rank: 1,
    code: { status: 'planned' },
  });
  expect(await announced(db)).toEqual([[failed], [child?.code?.id]]);
});

test('however many workers reject the same script at once, it gets one child', async () => {
  const db = await freshState();
  const { id, codeIds } = await aCodingCompetition(db);
  const [failed = ''] = codeIds;

  const answers = await Promise.all(Array.from({ length: 8 }, () => debug(db.state, failed)));

  expect(answers.filter(({ ended }) => ended)).toHaveLength(1);
  expect(await listApproaches(db.state, id)).toHaveLength(2);
  expect(await announced(db)).toHaveLength(2);
  // Whoever comes after a crash changes nothing either.
  expect(await debug(db.state, failed)).toEqual({ ended: false });
});

test('a chain of fixes ends where it is as deep as allowed', async () => {
  const db = await freshState();
  const { id, codeIds } = await aCodingCompetition(db);
  let [next = ''] = codeIds;
  const children: (string | null)[] = [];
  for (const depth of [1, 2, 3]) {
    const answer = await debug(db.state, next, `first-way-fix${depth}`, 2);
    const child = answer.ended ? answer.child : null;
    children.push(child);
    next = child ?? next;
  }

  expect(children.map((child) => child !== null)).toEqual([true, true, false]);
  const codes = await listCode(db.state, id);
  expect(codes.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
});

test('while a competition stands still its scripts wait, and nothing is mended', async () => {
  const db = await freshState();
  const { id, codeIds, version } = await aCodingCompetition(db);
  await transitionCompetition(db.state, { id, version, event: 'paused', actor });

  expect(await debug(db.state, codeIds[0] ?? '')).toEqual({ ended: false });
  expect(await listCode(db.state, id)).toMatchObject([{ status: 'planned' }]);
});

test('a node starts from nodes of its own competition, as many as its operator takes', async () => {
  const db = await freshState();
  const other = await aCodingCompetition(db);
  const [stranger] = await listNodes(db.state, other.id);
  const { id } = await aCompetition(db, { state: 'researching', round: 1 });
  const finish = (operator: 'improve' | 'merge' | 'draft', parents: readonly string[]) =>
    finishResearch(db.state, {
      competitionId: id,
      version: 0,
      nodes: [{ spec: anApproach('a-way'), operator, parents }],
      actor,
    });

  await expect(finish('improve', [stranger?.id ?? ''])).rejects.toThrow();
  await expect(finish('improve', [])).rejects.toThrow();
  expect(await listApproaches(db.state, id)).toEqual([]);
  await expect(finish('draft', [])).resolves.toMatchObject({ state: 'research_completed' });
});

test('a round is planned once, with a row for each step that is asked about', async () => {
  const db = await freshState();
  const { id } = await aCompetition(db, { state: 'researching', round: 1 });
  const step = {
    operator: 'improve' as const,
    parents: [],
    isAblationGuided: false,
    complexity: 'simple' as const,
    reason: 'because',
  };
  const plan = (reason: string) =>
    planResearch(db.state, {
      competitionId: id,
      version: 0,
      items: [
        { kind: 'step', step: { ...step, reason }, place: 0 },
        { kind: 'step', step: { ...step, reason }, place: 1 },
        { kind: 'features' },
      ],
      steps: [{ ...step, reason }],
      actor,
    });

  const ids = await Promise.all([plan('first'), plan('first')]);
  await plan('second');

  expect(ids.map((one) => one?.length).toSorted()).toEqual([0, 3]);
  expect(await readSearchPlan(db.state, { competitionId: id, version: 0 })).toEqual([
    { ...step, reason: 'first' },
  ]);
  expect(await readSearchPlan(db.state, { competitionId: id, version: 1 })).toBeNull();
});

test('what the parts of a node are worth is stored once', async () => {
  const db = await freshState();
  const { id } = await aCodingCompetition(db);
  const [node] = await listNodes(db.state, id);
  const approachId = node?.id ?? '';

  const first = await storeAblations(db.state, {
    approachId,
    ablations: [{ part: 'features:counts', loss: 0.01 }],
  });
  const second = await storeAblations(db.state, { approachId, ablations: [] });

  expect(first).toEqual([{ part: 'features:counts', loss: 0.01 }]);
  expect(second).toEqual(first);
  expect(await listNodes(db.state, id)).toMatchObject([{ ablations: first }]);
});

test('the tree knows runs, repeats and money, and no gate score', async () => {
  const db = await freshState();
  const { competition, codeId, jobId } = await aTrainingJob(db);
  const scores = { folds: [0.8, 0.9], cv: 0.85, cvSd: 0.05, gate: 0.84 };
  await endTrainingJob(db.state, { id: jobId, token: 0, status: 'succeeded', scores });
  const repeats = await planTraining(db.state, {
    competitionId: competition.id,
    version: competition.version,
    jobs: [aRun(codeId, { purpose: 'confirm', seed: 43 })],
    actor,
  });
  await endTrainingJob(db.state, { id: repeats?.[0] ?? '', token: 0, status: 'succeeded', scores });
  await endCode(db.state, { id: codeId, status: 'ready' });

  const raw = await db.state.call('read_tree', { p_competition_id: competition.id }, z.unknown());

  expect(JSON.stringify(raw)).not.toContain('gate"');
  expect(await listNodes(db.state, competition.id)).toMatchObject([
    {
      status: 'trained',
      confirmations: 1,
      gpuMicroUsd: 0,
      llmMicroUsd: 0,
      run: { id: jobId, status: 'succeeded', scores: { cv: 0.85, folds: [0.8, 0.9] } },
    },
  ]);
});
