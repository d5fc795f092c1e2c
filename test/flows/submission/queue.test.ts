import { expect, test, vi } from 'vitest';
import { holdReasons } from '../../../src/domain/submission-slots.ts';
import { sendQueued } from '../../../src/flows/submission/send-queued.ts';
import {
  aTrainedCompetition,
  atVendor,
  nextRoundIsTrained,
  type Planned,
  planFile,
  rowsOf,
  submitOnce,
} from '../../support/planned-submission.ts';
import { now } from '../../support/practice-world.ts';

/** Rounds before that used up the day's submissions. */
async function useUp(run: Planned, count: number): Promise<void> {
  for (let wrong = 0; wrong < count; wrong++) {
    const submission = await planFile(run, { wrong: wrong + 1, cv: 0.5 });
    await submitOnce(run);
    await vi.waitFor(async () => {
      const row = (await rowsOf(run)).find(({ id }) => id === submission.id);
      expect(row?.status).toBe('accepted');
    });
    await nextRoundIsTrained(run);
  }
}

const statuses = async (run: Planned) => (await rowsOf(run)).map(({ status }) => status);

test("where today's submissions are used up the candidate waits, the round goes on, and the new day sends it", async () => {
  let at = new Date('2026-11-22T20:00:00Z');
  const run = await aTrainedCompetition({ fields: { dailySubmissions: 1 }, now: () => at });
  await useUp(run, 1);
  await planFile(run, { wrong: 5, cv: 0.9 });

  await submitOnce(run);

  expect((await rowsOf(run))[1]).toMatchObject({
    status: 'queued',
    reason: holdReasons.used_up,
    gain: expect.closeTo(0.4),
  });
  const moved = await now(run.world, run.competition);
  expect(moved.state).toBe('analyzing');
  expect(await sendQueued(run.ctx)).toBe(0);

  at = new Date('2026-11-23T00:05:00Z');
  expect(await sendQueued(run.ctx)).toBe(1);

  expect(await statuses(run)).toEqual(['accepted', 'accepted']);
  expect(await atVendor(run)).toHaveLength(2);
  // its competition is where it was
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'analyzing', version: moved.version });
  expect(await sendQueued(run.ctx)).toBe(0);
});

test('the last submission of a day stays in reserve, but not in the last days', async () => {
  let at = new Date('2026-11-22T20:00:00Z');
  const run = await aTrainedCompetition({
    fields: { dailySubmissions: 3 },
    now: () => at,
    deadline: '2026-11-30T00:00:00Z',
  });
  await useUp(run, 2);
  await planFile(run, { wrong: 5, cv: 0.9 });

  await submitOnce(run);
  expect((await rowsOf(run))[2]).toMatchObject({ status: 'queued', reason: holdReasons.reserved });

  at = new Date('2026-11-27T12:00:00Z');
  expect(await sendQueued(run.ctx)).toBe(1);
});

test('of those that wait the best goes first, and one that it overtakes clearly is dropped with its reason', async () => {
  let at = new Date('2026-11-22T20:00:00Z');
  const run = await aTrainedCompetition({ fields: { dailySubmissions: 1 }, now: () => at });
  await useUp(run, 1);
  for (const [wrong, cv] of [
    [5, 0.9],
    [6, 0.901],
    [7, 0.7],
  ] as const) {
    await planFile(run, { wrong, cv });
    await submitOnce(run);
    await nextRoundIsTrained(run);
  }
  at = new Date('2026-11-23T00:05:00Z');

  expect(await sendQueued(run.ctx)).toBe(1);

  expect(await rowsOf(run)).toMatchObject([
    { status: 'accepted', cv: 0.5 },
    { status: 'queued', cv: 0.9 },
    { status: 'accepted', cv: 0.901 },
    { status: 'dropped', cv: 0.7, reason: expect.stringContaining('better candidate') },
  ]);
});

test('what the queue sent without hearing of it is looked up, and not sent again', async () => {
  let at = new Date('2026-11-22T20:00:00Z');
  const run = await aTrainedCompetition({ fields: { dailySubmissions: 1 }, now: () => at });
  await useUp(run, 1);
  await planFile(run, { wrong: 5, cv: 0.9 });
  await submitOnce(run);
  at = new Date('2026-11-23T00:05:00Z');
  run.world.arena.inject({ method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } });
  expect(await sendQueued(run.ctx)).toBe(0);
  expect(await statuses(run)).toEqual(['accepted', 'sent']);

  // The stage of the next round does not take it for its own.
  await nextRoundIsTrained(run);
  await expect(submitOnce(run)).rejects.toMatchObject({ code: 'submission.nothing_to_submit' });
  expect(await sendQueued(run.ctx)).toBe(1);

  expect(await statuses(run)).toEqual(['accepted', 'accepted']);
  expect(await atVendor(run)).toHaveLength(2);
});

test('a file that waits and is made again belongs to the round that made it', async () => {
  const at = new Date('2026-11-22T20:00:00Z');
  const run = await aTrainedCompetition({ fields: { dailySubmissions: 1 }, now: () => at });
  await useUp(run, 1);
  const first = await planFile(run, { wrong: 5, cv: 0.9 });
  await submitOnce(run);
  await nextRoundIsTrained(run);

  const again = await planFile(run, { wrong: 5, cv: 0.9 });

  expect(again).toMatchObject({ id: first.id, key: first.key, status: 'planned', round: 3, queuedAt: null });
});

test('what waits when the competition is over is dropped', async () => {
  let at = new Date('2026-11-22T20:00:00Z');
  const run = await aTrainedCompetition({
    fields: { dailySubmissions: 1 },
    now: () => at,
    deadline: '2026-12-30T00:00:00Z',
  });
  await useUp(run, 1);
  await planFile(run, { wrong: 5, cv: 0.9 });
  await submitOnce(run);
  at = new Date('2026-12-30T00:05:00Z');

  expect(await sendQueued(run.ctx)).toBe(0);

  expect((await rowsOf(run))[1]).toMatchObject({
    status: 'dropped',
    reason: expect.stringContaining('over'),
  });
});
