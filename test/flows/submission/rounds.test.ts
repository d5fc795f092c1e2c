import { expect, test, vi } from 'vitest';
import { dropReasons, holdReasons } from '../../../src/domain/submission-slots.ts';
import { sendQueued } from '../../../src/flows/submission/send-queued.ts';
import { watchScore } from '../../../src/flows/submission/watch-score.ts';
import { findCard } from '../../../src/state/cards.ts';
import { listTransitions, reopenCompetition } from '../../../src/state/competitions.ts';
import { acceptSubmission } from '../../../src/state/submissions.ts';
import { someActor as actor } from '../../support/builders.ts';
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

const today = () => new Date('2026-11-22T20:00:00Z');
const lostAnswer = { method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } } as const;

/** The first round uses up the day, and what follows waits. */
async function aWaitingCompetition(clock: () => Date = today): Promise<Planned> {
  const run = await aTrainedCompetition({ fields: { dailySubmissions: 1 }, now: clock });
  await planFile(run, { wrong: 1, cv: 0.5 });
  await submitOnce(run);
  await nextRoundIsTrained(run);
  await planFile(run, { wrong: 5, cv: 0.9 });
  await submitOnce(run);
  expect((await rowsOf(run))[1]).toMatchObject({ status: 'queued' });
  return run;
}

async function stopped({ world, competition }: Planned): Promise<void> {
  await world.pool.query('alter table competitions disable trigger competitions_guard');
  await world.pool.query(`update competitions set state = 'abandoned' where id = $1`, [competition.id]);
  await world.pool.query('alter table competitions enable trigger competitions_guard');
}

test('a file that the queue has sent and a later round makes again is waited for by that round', async () => {
  let at = today();
  const run = await aWaitingCompetition(() => at);
  at = new Date('2026-11-23T00:05:00Z');
  expect(await sendQueued(run.ctx)).toBe(1);
  await nextRoundIsTrained(run);
  const { id, vendorRef } = await planFile(run, { wrong: 5, cv: 0.9 });

  // It is at Kaggle already, so its result stands and nothing is sent.
  const { version: before } = await now(run.world, run.competition);
  await acceptSubmission(run.ctx.state, { id, version: before, vendorRef: vendorRef ?? '', actor });
  const { version } = await now(run.world, run.competition);
  await vi.waitFor(() => watchScore(run.ctx, { competitionId: run.competition.id, version }), {
    timeout: 20_000,
    interval: 30,
  });

  const moves = await listTransitions(run.ctx.state, run.competition.id);
  const [, queued] = await rowsOf(run);
  expect(moves.at(-1)).toMatchObject({ event: 'score_received', payload: { key: queued?.key } });
  expect(await atVendor(run)).toHaveLength(2);
});

test('what an earlier round sent without hearing of it counts beside what this round sends', async () => {
  const run = await aTrainedCompetition();
  await planFile(run, { wrong: 1, cv: 0.5 });
  run.world.arena.inject(lostAnswer);
  await expect(submitOnce(run)).rejects.toThrow('looking it up');
  await nextRoundIsTrained(run);
  await planFile(run, { wrong: 5, cv: 0.9 });

  await submitOnce(run);

  expect(await rowsOf(run)).toMatchObject([{ status: 'accepted' }, { status: 'accepted' }]);
  expect(await atVendor(run)).toHaveLength(2);
  const moves = await listTransitions(run.ctx.state, run.competition.id);
  const [, own] = await rowsOf(run);
  expect(moves.filter(({ event }) => event === 'submission_completed')).toMatchObject([
    { payload: { key: own?.key } },
  ]);
});

test('what a competition sent without hearing of it is found after it was stopped', async () => {
  const run = await aTrainedCompetition();
  await planFile(run, { wrong: 1, cv: 0.5 });
  run.world.arena.inject(lostAnswer);
  await expect(submitOnce(run)).rejects.toThrow('looking it up');
  await stopped(run);

  expect(await sendQueued(run.ctx)).toBe(1);

  const [row] = await rowsOf(run);
  const [listed] = await atVendor(run);
  expect(row).toMatchObject({ status: 'accepted', vendorRef: String(listed?.ref) });
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'abandoned' });
});

test('what waits is not sent any more once its competition was stopped, or has begun anew', async () => {
  const run = await aWaitingCompetition();
  await stopped(run);
  expect(await sendQueued(run.ctx)).toBe(0);
  expect((await rowsOf(run))[1]).toMatchObject({ status: 'dropped', reason: dropReasons.stopped });

  await run.world.pool.query(`update submissions set status = 'queued' where reason is not null`);
  await reopenCompetition(run.ctx.state, run.competition.id, actor);

  expect((await rowsOf(run))[1]).toMatchObject({
    status: 'dropped',
    reason: expect.stringContaining('begun anew'),
  });
});

test('a file that is gone is dropped, and what waits beside it is sent', async () => {
  let at = today();
  const run = await aWaitingCompetition(() => at);
  await nextRoundIsTrained(run);
  await planFile(run, { wrong: 6, cv: 0.9 });
  await submitOnce(run);
  at = new Date('2026-11-23T00:05:00Z');
  // The younger of two that are as good goes first.
  const gone = (await rowsOf(run))[2];
  await run.ctx.objects.remove(gone?.objectKey ?? '');

  expect(await sendQueued(run.ctx)).toBe(1);

  expect(await rowsOf(run)).toMatchObject([
    { status: 'accepted' },
    { status: 'accepted' },
    { status: 'dropped', reason: dropReasons.lost },
  ]);
});

test('where the last round waits for a new day people are told once', async () => {
  const run = await aTrainedCompetition({ fields: { dailySubmissions: 1 }, now: today, maxRounds: 2 });
  await planFile(run, { wrong: 1, cv: 0.5 });
  await submitOnce(run);
  await nextRoundIsTrained(run);
  const { id } = await planFile(run, { wrong: 5, cv: 0.9 });

  for (let look = 0; look < 2; look++) await expect(submitOnce(run)).rejects.toThrow('used up');

  const card = await findCard(run.ctx.state, `waits:${id}`);
  expect(card?.content).toMatchObject({ event: 'submission_deferred', reason: holdReasons.used_up });
});

test('a candidate for which no day is left says so', async () => {
  const run = await aTrainedCompetition({
    fields: { dailySubmissions: 1 },
    now: today,
    deadline: '2026-11-22T23:00:00Z',
  });
  await planFile(run, { wrong: 1, cv: 0.5 });
  await submitOnce(run);
  await nextRoundIsTrained(run);
  await planFile(run, { wrong: 5, cv: 0.9 });

  await submitOnce(run);

  expect((await rowsOf(run))[1]).toMatchObject({ status: 'queued', reason: dropReasons.too_late });
});
