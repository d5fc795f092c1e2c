import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { LessonDraft } from '../../src/domain/lessons/lesson.ts';
import { listDecisions } from '../../src/state/decisions.ts';
import {
  askPostMortem,
  forgetLesson,
  listLessons,
  listOutcomes,
  recordOutcomes,
  upsertLessons,
} from '../../src/state/lessons.ts';
import { aCompetition, someActor as actor, aDraft } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { anOutcome, aVector } from '../support/outcomes.ts';

function aLessonDraft(
  said: readonly (readonly [string, 'confirms' | 'contradicts'])[],
  options: Partial<LessonDraft> = {},
): LessonDraft {
  return {
    key: 'family:boosting>linear',
    kind: 'family',
    source: 'rule',
    text: 'Boosting does better.',
    onlyKnown: false,
    evidence: said.map(([competition, verdict]) => ({
      competitionId: idsOf[competition] ?? '',
      competition,
      verdict,
      nodes: ['boosting-draft'],
      numbers: { gain: 0.1 },
      profile: aVector(),
    })),
    ...options,
  };
}

const idsOf: Record<string, string> = Object.fromEntries(
  ['one', 'two', 'three', 'four'].map((name) => [name, randomUUID()]),
);

const counts = async (state: Parameters<typeof listLessons>[0]) =>
  (await listLessons(state, { all: true })).map(
    ({ timesConfirmed, timesContradicted, confidence, retiredAt }) => [
      timesConfirmed,
      timesContradicted,
      Number(confidence.toFixed(3)),
      retiredAt === null ? 'counts' : 'retired',
    ],
  );

test('outcomes are written once for each node, and a later round replaces what an earlier one wrote', async () => {
  const { state } = await freshState();
  const competitionId = randomUUID();
  const write = (round: number, scores: readonly number[], gate: number | null = null) =>
    recordOutcomes(state, {
      competitionId,
      competition: 'one',
      round,
      outcomes: scores.map((score, place) => anOutcome('one', `family-${place}`, { score, gate })),
    });

  expect(await write(1, [1])).toBe(1);
  expect(await write(1, [1])).toBe(1);
  expect(await write(2, [0.5, 1], 0.7)).toBe(2);
  // A job of the first round that comes late.
  expect(await write(1, [0.1])).toBe(0);
  expect(await write(2, [0.5, 1])).toBe(2);

  const outcomes = await listOutcomes(state, 10);
  expect(outcomes).toMatchObject([
    { competitionId, approach: 'family-0-draft', score: 0.5, gate: 0.7, profile: { modality: 'tabular' } },
    { competitionId, approach: 'family-1-draft', score: 1, gate: 0.7 },
  ]);
});

test('only the newest competitions are read, and both tables outlive the competition itself', async () => {
  const db = await freshState();
  const { id } = await aCompetition(db, { slug: 'gone' });
  for (const [place, competitionId] of [randomUUID(), id].entries()) {
    const outcomes = [anOutcome('any', 'boosting', { at: new Date(place * 1_000) })];
    await recordOutcomes(db.state, { competitionId, competition: 'any', round: 1, outcomes });
  }
  const [said] = aLessonDraft([['one', 'confirms']]).evidence;
  if (said === undefined) throw new Error('there is evidence');
  await upsertLessons(db.state, [aLessonDraft([], { evidence: [{ ...said, competitionId: id }] })]);

  await db.pool.query('delete from competitions where id = $1', [id]);

  expect(await listOutcomes(db.state, 1)).toMatchObject([{ competitionId: id }]);
  expect(await listOutcomes(db.state, 9)).toHaveLength(2);
  expect(await counts(db.state)).toEqual([[1, 0, 0.667, 'counts']]);
});

test('evidence adds up by competition, written twice it counts once, and contradiction retires', async () => {
  const { state } = await freshState();

  await upsertLessons(state, [aLessonDraft([['one', 'confirms']])]);
  await upsertLessons(state, [aLessonDraft([['one', 'confirms']])]);
  expect(await counts(state)).toEqual([[1, 0, 0.667, 'counts']]);

  await upsertLessons(state, [aLessonDraft([['two', 'contradicts']])]);
  expect(await counts(state)).toEqual([[1, 1, 0.5, 'counts']]);

  await upsertLessons(state, [aLessonDraft([['three', 'contradicts']])]);
  expect(await counts(state)).toEqual([[1, 2, 0.4, 'retired']]);
  expect(await listLessons(state, { all: false })).toEqual([]);

  // A competition may change its word: its next round showed otherwise.
  await upsertLessons(state, [aLessonDraft([['three', 'confirms']])]);
  expect(await counts(state)).toEqual([[2, 1, 0.6, 'counts']]);
});

test('what speaks only against a lesson makes none', async () => {
  const { state } = await freshState();

  const ids = await upsertLessons(state, [aLessonDraft([['one', 'contradicts']], { onlyKnown: true })]);

  expect(ids).toEqual([]);
  expect(await listLessons(state, { all: true })).toEqual([]);
});

test('what a person had forgotten stays forgotten, whatever is learnt later, and who did it is on record', async () => {
  const { state, pool } = await freshState();
  const [id = ''] = await upsertLessons(state, [aLessonDraft([['one', 'confirms']])]);

  const forgotten = await forgetLesson(state, { id, actor });
  await upsertLessons(state, [
    aLessonDraft([
      ['two', 'confirms'],
      ['three', 'confirms'],
    ]),
  ]);

  expect(forgotten).toMatchObject({ id, forgottenAt: expect.any(Date) });
  expect(await counts(state)).toEqual([[3, 0, 0.8, 'retired']]);
  expect(await forgetLesson(state, { id: randomUUID(), actor })).toBeNull();
  const { rows } = await pool.query("select actor, details from audit_log where action = 'lesson.forgotten'");
  expect(rows).toMatchObject([{ actor, details: { lessonId: id, text: 'Boosting does better.' } }]);
});

test('many who learn at once lose no evidence', async () => {
  const { state } = await freshState();

  await Promise.all(
    Object.keys(idsOf).flatMap((name) => [
      upsertLessons(state, [
        aLessonDraft([[name, 'confirms']]),
        aLessonDraft([[name, 'confirms']], { key: 'b' }),
      ]),
      upsertLessons(state, [
        aLessonDraft([[name, 'confirms']], { key: 'b' }),
        aLessonDraft([[name, 'confirms']]),
      ]),
    ]),
  );

  expect(await counts(state)).toEqual([
    [4, 0, 0.833, 'counts'],
    [4, 0, 0.833, 'counts'],
  ]);
});

test('people are asked once for each competition, also when it is long over at the vendor', async () => {
  const db = await freshState();
  const { id } = await aCompetition(db, { state: 'completed' });
  await db.pool.query(
    `update competitions set details = jsonb_build_object('deadline', (clock_timestamp() - interval '9 days')::text) where id = $1`,
    [id],
  );
  const draft = aDraft({ kind: 'post_mortem', blocking: false });
  const ask = () => askPostMortem(db.state, { competitionId: id, draft, slaSeconds: 3_600, actor });

  const asked = await Promise.all([ask(), ask(), ask()]);

  expect(asked.filter(Boolean)).toHaveLength(1);
  const [decision] = await listDecisions(db.state, { competitionId: id, onlyOpen: true });
  expect(decision?.kind).toBe('post_mortem');
  expect(decision?.deadline.getTime()).toBeGreaterThan(Date.now());
});
