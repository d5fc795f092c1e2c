import { expect, test } from 'vitest';
import { getCompetition } from '../../src/state/competitions.ts';
import {
  acceptQueuedSubmission,
  dropSubmission,
  listQueuedSubmissions,
  noteSubmissionUnseen,
  queueSubmission,
} from '../../src/state/submission-queue.ts';
import {
  clearSubmissionUpload,
  completeSubmissionUpload,
  readSubmissionUpload,
  storeSubmissionUpload,
} from '../../src/state/submission-uploads.ts';
import {
  listSubmissions,
  markSubmissionAbsent,
  openSubmission,
  refuseSubmission,
  startSubmissionAttempt,
} from '../../src/state/submissions.ts';
import { aCompetition, someActor as actor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

async function planned() {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'training_completed', version: 5, round: 1 });
  const open = () =>
    openSubmission(db.state, {
      competitionId,
      version: 5,
      paramsHash: 'hash',
      approach: 'a-way',
      members: [],
      objectKey: 'submissions/hash.csv',
      cv: 0.8,
      estimate: 0.8,
      scores: {},
    });
  const id = (await open())?.submission.id ?? '';
  const status = async () => (await listSubmissions(db.state, competitionId))[0]?.status;
  return { ...db, competitionId, id, open, status };
}

test('what was sent counts as absent after two looks that found nothing, each of them late enough', async () => {
  const { state, pool, id, status } = await planned();
  const look = (ageMs = 0) => noteSubmissionUnseen(state, { id, ageMs, afterMs: 60_000, lagMs: 30_000 });
  expect(await look()).toBeNull();
  await startSubmissionAttempt(state, id);

  expect(await look()).toMatchObject({ absent: false });
  await pool.query(`update submissions set sent_at = clock_timestamp() - interval '70 s'`);
  // begun before the call was surely over
  expect(await look(20_000)).toMatchObject({ absent: false });
  expect(await look()).toEqual({ absent: false, waitSeconds: 30 });
  expect(await look()).toMatchObject({ absent: false });
  await pool.query(`update submissions set unseen_at = clock_timestamp() - interval '40 s'`);
  expect(await look(20_000)).toMatchObject({ absent: false });
  expect(await status()).toBe('sent');

  expect(await look()).toEqual({ absent: true, waitSeconds: 0 });
  expect(await status()).toBe('planned');
});

test('what an earlier attempt comes to know late changes nothing about the one under way', async () => {
  const { state, id, status } = await planned();
  const first = (await startSubmissionAttempt(state, id)) ?? 0;
  await markSubmissionAbsent(state, id, first);
  expect(await startSubmissionAttempt(state, id)).toBe(first + 1);

  await markSubmissionAbsent(state, id, first);
  await refuseSubmission(state, id, 'late', first);

  expect(await status()).toBe('sent');
  expect(await startSubmissionAttempt(state, id)).toBeNull();
});

test('two workers get one place for the file; its address goes with the file, the rest with the answer', async () => {
  const { state, id } = await planned();
  const store = (token: string) =>
    storeSubmissionUpload(state, {
      id,
      token,
      url: `https://storage/${token}`,
      fileName: 'a.csv',
      sizeBytes: 5,
      lifeSeconds: 60,
    });

  const places = await Promise.all([store('one'), store('two')]);

  const [token = ''] = places.map((place) => place?.token);
  expect(places.map((place) => place?.token)).toEqual([token, token]);
  await completeSubmissionUpload(state, id, 'another');
  expect(await readSubmissionUpload(state, id)).toMatchObject({ completedAt: null });
  await completeSubmissionUpload(state, id, token);
  expect(await readSubmissionUpload(state, id)).toMatchObject({ token, url: null });
  await clearSubmissionUpload(state, id, 'another');
  await startSubmissionAttempt(state, id);
  expect(await store('three')).toBeNull();
  await refuseSubmission(state, id, 'no');
  expect(await readSubmissionUpload(state, id)).toBeNull();
});

test('a submission is left to the queue once, and its round goes on in the same step', async () => {
  const { state, competitionId, id, status } = await planned();
  const queue = (version: number) =>
    queueSubmission(state, { id, version, gain: 0.1, reason: 'No slot is free.', actor });

  expect(await queue(4)).toBeNull();
  expect(await status()).toBe('planned');
  const moves = await Promise.all([queue(5), queue(5)]);

  expect(moves.filter((moved) => moved !== null)).toMatchObject([{ state: 'analyzing', version: 6 }]);
  expect(await listQueuedSubmissions(state)).toMatchObject([{ id, gain: 0.1, reason: 'No slot is free.' }]);
  await startSubmissionAttempt(state, id);
  await markSubmissionAbsent(state, id);
  expect(await status()).toBe('queued');
  expect(await acceptQueuedSubmission(state, { id, vendorRef: '7' })).toMatchObject({ vendorRef: '7' });
  expect(await acceptQueuedSubmission(state, { id, vendorRef: '8' })).toBeNull();
  await dropSubmission(state, id, 'too late');
  expect(await status()).toBe('accepted');
  expect(await getCompetition(state, competitionId)).toMatchObject({ state: 'analyzing', version: 6 });
});
