import { expect, test } from 'vitest';
import { getCompetition } from '../../src/state/competitions.ts';
import {
  acceptSubmission,
  finishSubmission,
  listSubmissions,
  markSubmissionAbsent,
  openSubmission,
  refuseSubmission,
  scoreSubmission,
  startSubmissionAttempt,
} from '../../src/state/submissions.ts';
import { aCompetition, someActor as actor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

type Db = Awaited<ReturnType<typeof freshState>>;

function open({ state }: Db, competitionId: string, paramsHash: string, version = 5) {
  return openSubmission(state, {
    competitionId,
    version,
    paramsHash,
    approach: 'boosting-plain',
    members: [],
    objectKey: `submissions/${paramsHash}.csv`,
    cv: 0.8,
    estimate: 0.79,
    scores: { cv: 0.8 },
  });
}

async function ready(db: Db): Promise<string> {
  return (await aCompetition(db, { state: 'training_completed', version: 5, round: 1 })).id;
}

async function aSubmission(db: Db, competitionId: string, paramsHash = 'hash'): Promise<string> {
  return (await open(db, competitionId, paramsHash))?.submission.id ?? '';
}

test('the same file is meant to be sent once, however many try at once', async () => {
  const db = await freshState();
  const competitionId = await ready(db);

  const opened = await Promise.all(Array.from({ length: 10 }, () => open(db, competitionId, 'same')));
  const other = await open(db, competitionId, 'other');

  expect(opened.filter((answer) => answer?.fresh)).toHaveLength(1);
  expect(new Set(opened.map((answer) => answer?.submission.key)).size).toBe(1);
  expect(other?.fresh).toBe(true);
  expect(other?.submission.key).toMatch(/^ka-[0-9a-f]{8}-sub-[0-9a-f]{12}-2$/);
  expect(await listSubmissions(db.state, competitionId)).toHaveLength(2);
});

test('nothing is submitted from another state, or for a competition that somebody moved on', async () => {
  const db = await freshState();
  const { id } = await aCompetition(db, { state: 'paused', version: 5 });

  expect(await open(db, id, 'hash')).toBeNull();
  expect(await open(db, await ready(db), 'hash', 4)).toBeNull();
});

test('a submission is marked as sent by one caller, and only what is surely absent may be sent again', async () => {
  const db = await freshState();
  const id = await aSubmission(db, await ready(db));

  const marks = await Promise.all(Array.from({ length: 8 }, () => startSubmissionAttempt(db.state, id)));

  expect(marks.filter((attempt) => attempt !== null)).toEqual([1]);
  await markSubmissionAbsent(db.state, id);
  expect(await startSubmissionAttempt(db.state, id)).toBe(2);
});

test('accepting a submission moves its competition on, once', async () => {
  const db = await freshState();
  const competitionId = await ready(db);
  const id = await aSubmission(db, competitionId);
  await startSubmissionAttempt(db.state, id);
  const accept = () => acceptSubmission(db.state, { id, version: 5, vendorRef: '123', actor });

  const answers = await Promise.all([accept(), accept(), accept()]);

  expect(answers.filter((answer) => answer !== null)).toMatchObject([{ state: 'submitted', version: 6 }]);
  expect(await listSubmissions(db.state, competitionId)).toMatchObject([
    { status: 'accepted', vendorRef: '123' },
  ]);
  await markSubmissionAbsent(db.state, id);
  expect(await startSubmissionAttempt(db.state, id)).toBeNull();
});

test('a refused submission stays refused, and its file is not sent again', async () => {
  const db = await freshState();
  const competitionId = await ready(db);
  const id = await aSubmission(db, competitionId);
  await refuseSubmission(db.state, id, 'The quota is used up.');

  expect(await startSubmissionAttempt(db.state, id)).toBeNull();
  expect(await open(db, competitionId, 'hash')).toMatchObject({
    fresh: false,
    submission: { status: 'refused', error: 'The quota is used up.' },
  });
});

test('a final status never changes back, and a score that the vendor revises is stored', async () => {
  const db = await freshState();
  const competitionId = await ready(db);
  const id = await aSubmission(db, competitionId);
  const score = (status: 'scored' | 'error', publicScore: string | null, error: string | null = null) =>
    scoreSubmission(db.state, { id, status, publicScore, privateScore: null, error });
  await score('scored', '0.1');
  expect(await listSubmissions(db.state, competitionId)).toMatchObject([
    { status: 'planned', publicScore: null },
  ]);
  await acceptSubmission(db.state, { id, version: 5, vendorRef: '1', actor });

  await score('scored', '0.75');
  await score('error', '0.76', 'late');

  expect(await listSubmissions(db.state, competitionId)).toMatchObject([
    { status: 'scored', publicScore: '0.76' },
  ]);
});

test('the score on the hidden labels comes beside what the vendor said', async () => {
  const db = await freshState();
  const competitionId = await ready(db);
  const id = await aSubmission(db, competitionId);
  await acceptSubmission(db.state, { id, version: 5, vendorRef: '1', actor });
  await finishSubmission(db.state, { id, privateScore: '0.71', finalScore: 0.712, rank: 3, entrants: 40 });

  expect(await listSubmissions(db.state, competitionId)).toMatchObject([
    { privateScore: '0.71', finalScore: 0.712, finalRank: 3, finalEntrants: 40 },
  ]);
  expect((await getCompetition(db.state, competitionId))?.state).toBe('submitted');
});
