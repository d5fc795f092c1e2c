import { expect, test } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { asFailure } from '../../../src/domain/errors.ts';
import type { RunDescription } from '../../../src/providers/tracking/contract.ts';
import { trackerAt } from '../../support/wandb/a-tracker.ts';
import { startWandb } from '../../support/wandb/start-wandb.ts';

const call = { signal: new AbortController().signal };
const description: RunDescription = {
  id: 'run0000001',
  displayName: 'boosting search',
  group: 'titanic',
  jobType: 'search',
  tags: ['boosting', 'x'.repeat(200)],
  config: { seed: 42, parameters: { lightgbm: { learning_rate: 0.05 } } },
};
const row = (step: number, more: Record<string, number> = {}) => {
  return { _step: step, _timestamp: 1_700_000_000 + step, _runtime: step, ...more };
};

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'nothing went wrong',
    (error: unknown) => asFailure(error).code,
  );
}

test('a run is made once, filled, finished and linked', async () => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);

  const first = await tracker.open(description, call);
  const again = await tracker.open(description, call);
  await tracker.append(
    description.id,
    {
      history: { offset: 0, lines: [row(0, { loss: 0.5 }), row(1, { loss: 0.4 })] },
      log: { offset: 0, lines: ['hello'] },
      summary: { cv: 0.81 },
    },
    call,
  );
  await tracker.finish(description.id, 0, call);

  expect([first.isNew, again.isNew]).toEqual([true, false]);
  expect(again.storageId).toBe(first.storageId);
  expect(first.url).toBe('https://wandb.ai/somebodys-team/kaggle-agent/runs/run0000001');
  expect(tracker.link('run0000001')).toBe(first.url);
  expect(wandb.runs()).toMatchObject([
    { state: 'finished', group: 'titanic', log: ['hello'], config: { seed: 42 }, summary: '{"cv":0.81}' },
  ]);
  expect(wandb.runs()[0]?.history).toHaveLength(2);
});

test('an answer that is lost after the lines arrived doubles none of them', async () => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);
  await tracker.open(description, call);
  wandb.failNext('lines', 'lost', { status: 500 }, { status: 502 });

  const batch = { history: { offset: 0, lines: [row(0), row(1)] } };
  const outcome = await codeOf(tracker.append(description.id, batch, call));
  await tracker.append(description.id, batch, call);

  expect(outcome).toBe('wandb.failing');
  expect(wandb.runs()[0]).toMatchObject({ conflicts: [] });
  expect(wandb.runs()[0]?.history).toHaveLength(2);
});

test('numbers that JSON cannot say arrive, and are read back as nothing', async () => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);
  await tracker.open(description, call);

  await tracker.append(
    description.id,
    {
      history: {
        offset: 0,
        lines: [row(0, { loss: Number.NaN }), row(1, { loss: -Infinity }), row(2, { loss: 3 })],
      },
      summary: { loss: Number.POSITIVE_INFINITY, cv: 0.5, note: 'NaN "NaN" Infinity' },
    },
    call,
  );

  expect(wandb.runs()[0]?.history[0]).toContain('"loss":NaN');
  expect(await tracker.compare('titanic', call)).toMatchObject([
    { summary: { loss: null, cv: 0.5, note: 'NaN "NaN" Infinity' }, historyLines: 3 },
  ]);
  const rows = await tracker.history(description.id, { keys: ['_step', 'loss'], samples: 100 }, call);
  expect(rows).toEqual([
    { _step: 0, loss: null },
    { _step: 1, loss: null },
    { _step: 2, loss: 3 },
  ]);
});

test('a line that is too long keeps its place, and a large batch goes in several requests', async () => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);
  await tracker.open(description, call);
  const long = { ...row(1), note: 'x'.repeat(11_000_000) };
  const lines = Array.from({ length: 12 }, (_, index) => ({ ...row(2 + index), note: 'y'.repeat(900_000) }));

  await tracker.append(
    description.id,
    {
      history: { offset: 0, lines: [row(0), long, ...lines] },
      log: { offset: 0, lines: ['z'.repeat(9_000_000)] },
    },
    call,
  );

  const [run] = wandb.runs();
  expect(run?.history).toHaveLength(14);
  expect(run?.history[1]).toContain('too long');
  expect(run?.log[0]?.length).toBeLessThan(21_000);
  expect(run?.posts).toBeGreaterThan(2);
});

test('bodies are packed only where the service unpacks them', async () => {
  const plain = await startWandb();
  const packing = await startWandb({ features: ['FILESTREAM_GZIP'] });
  for (const wandb of [plain, packing]) {
    const tracker = trackerAt(wandb);
    await tracker.open(description, call);
    await tracker.append(description.id, { history: { offset: 0, lines: [row(0)] } }, call);
  }

  const encodings = [plain, packing].map(({ requests }) => requests.at(-1)?.headers['content-encoding']);
  expect(encodings).toEqual([undefined, 'gzip']);
  expect(packing.runs()[0]?.history).toHaveLength(1);
});

test.each([
  [400, 'wandb.bad_request', 1],
  [403, 'wandb.refused', 1],
  [404, 'wandb.run_gone', 1],
  [409, 'wandb.run_gone', 1],
  [410, 'wandb.run_gone', 1],
  [413, 'wandb.bad_request', 1],
  [422, 'wandb.bad_request', 1],
  [501, 'wandb.bad_request', 1],
  [429, 'wandb.busy', 3],
  [500, 'wandb.failing', 3],
  [418, 'wandb.failing', 3],
])('lines that are refused with %i mean %s, and are sent %i times', async (status, code, times) => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);
  await tracker.open(description, call);
  await tracker.append(description.id, {}, call);
  const before = wandb.requests.length;
  wandb.failNext('lines', { status }, { status }, { status });

  expect(await codeOf(tracker.append(description.id, {}, call))).toBe(code);
  expect(wandb.requests.length - before).toBe(times);
});

test('a conflict over a run is tried again, a deleted run is not', async () => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);
  wandb.failNext('graphql', { status: 409 }, { status: 409 });

  // asking whose the key is comes first
  wandb.failNext('graphql');
  await tracker.whoAmI(call);
  await tracker.open(description, call);
  const [run] = wandb.runs();
  if (run !== undefined) wandb.deleteRun(run);

  expect(await codeOf(tracker.open(description, call))).toBe('wandb.run_gone');
});

test('the pace that the service asks for is kept', async () => {
  let now = Date.now();
  const wandb = await startWandb();
  const tracker = trackerAt(wandb, { now: () => new Date(now) });
  await tracker.open(description, call);
  wandb.failNext('lines', {
    status: 429,
    headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' },
  });

  expect(await codeOf(tracker.append(description.id, {}, call))).toBe('wandb.busy');
  const before = wandb.requests.length;
  expect(await codeOf(tracker.append(description.id, {}, call))).toBe('wandb.busy');
  expect(wandb.requests.length).toBe(before);
  now += 31_000;
  await tracker.append(description.id, {}, call);
});

test('a wrong key is shown once, says what to set, and another one is taken at once', async () => {
  const wandb = await startWandb();
  const apiKey = createSecret('a-wrong-key-of-more-than-forty-characters-long');
  const tracker = trackerAt(wandb, { apiKey });

  const failures = [
    await tracker.open(description, call).catch(asFailure),
    await tracker.open(description, call).catch(asFailure),
  ];

  expect(failures).toMatchObject([
    { kind: 'configuration', code: 'wandb.refused' },
    { kind: 'configuration', code: 'wandb.refused' },
  ]);
  expect(wandb.requests).toHaveLength(1);
  expect(tracker.problem()).toMatchObject({
    code: 'wandb.refused',
    message: expect.stringContaining('WANDB_API_KEY'),
  });
  expect(JSON.stringify(failures)).not.toContain('a-wrong-key');
  apiKey.replace(wandb.apiKey);
  await tracker.open(description, call);
  expect(tracker.problem()).toBeNull();
});

test('a team that the key has no part in is a setting to be mended', async () => {
  const wandb = await startWandb();

  expect(await codeOf(trackerAt(wandb, { entity: 'another-team' }).open(description, call))).toBe(
    'wandb.refused',
  );
  expect(await codeOf(trackerAt(wandb, { project: 'none' }).compare('titanic', call))).toBe(
    'wandb.no_access',
  );
});

test('a stop that a person asked for is told with the next lines', async () => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);
  const { storageId } = await tracker.open(description, call);

  expect(await tracker.append(description.id, {}, call)).toEqual({ isStopAsked: false });
  await tracker.stop(storageId, call);
  expect(await tracker.append(description.id, {}, call)).toEqual({ isStopAsked: true });
});

test('all runs of a group are compared, page by page', async () => {
  const wandb = await startWandb();
  const tracker = trackerAt(wandb);
  for (let count = 0; count < 53; count += 1) await tracker.open({ ...description, id: `run${count}` }, call);
  await tracker.open({ ...description, id: 'other', group: 'digits' }, call);

  const runs = await tracker.compare('titanic', call);

  expect(runs).toHaveLength(53);
  expect(runs[0]).toMatchObject({ runId: 'run52', group: 'titanic', state: 'running' });
});
