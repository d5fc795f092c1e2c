import { expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { tellDrift } from '../../../src/flows/lessons/check-drift.ts';
import { learnFromEnd, learnFromRound } from '../../../src/flows/lessons/learn.ts';
import { learnFromNote } from '../../../src/flows/lessons/learn-from-note.ts';
import { lessonsFor } from '../../../src/flows/lessons/read-lessons.ts';
import { forgetLesson, readLessonsView } from '../../../src/flows/lessons/show-lessons.ts';
import { getCompetition, transitionCompetition } from '../../../src/state/competitions.ts';
import { closeDecision, listDecisions } from '../../../src/state/decisions.ts';
import { listLessons, listOutcomes } from '../../../src/state/lessons.ts';
import { someActor } from '../../support/builders.ts';
import { startScriptedClaude } from '../../support/claude/a-claude.ts';
import { fail, type Script, sayJson } from '../../support/claude/script.ts';
import { aContext } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';
import { aTaughtCompetition } from '../../support/taught-competition.ts';

const nodes = {
  boosting: { cv: 0.9, gate: 0.8, ablations: [{ part: 'features:counts', loss: 0.03 }] },
  linear: { cv: 0.7, gate: 0.6 },
};

async function aWorld(options: Partial<Omit<Context, 'policy'>> = {}) {
  const db = await freshState();
  return { db, ctx: await aContext({ state: db.state, ...options }) };
}

const texts = async (ctx: Pick<Context, 'state'>, all = false) =>
  (await listLessons(ctx.state, { all })).map(({ text }) => text);

test('after a round its nodes are known without their gate scores, after the end with them', async () => {
  const { db, ctx } = await aWorld();
  const competition = await aTaughtCompetition(db, nodes);

  await learnFromRound(ctx, competition);
  const during = await listOutcomes(ctx.state, 10);
  await learnFromEnd(ctx, competition);
  const after = await listOutcomes(ctx.state, 10);

  expect(during.map(({ approach, score, gate }) => [approach, score, gate])).toEqual([
    ['boosting', 1, null],
    ['linear', 0, null],
  ]);
  expect(after.map(({ approach, gate }) => [approach, gate])).toEqual([
    ['boosting', 0.8],
    ['linear', 0.6],
  ]);
  expect((await texts(ctx)).sort()).toEqual([
    'On binary tabular data judged by label the family boosting does better than linear.',
    'On binary tabular data judged by label the part features:counts helps: the score gets worse without it.',
  ]);
});

test('a competition of another kind is told nothing of it, an alike one the statement with its evidence', async () => {
  const { db, ctx } = await aWorld();
  await learnFromRound(ctx, await aTaughtCompetition(db, nodes, { slug: 'earlier' }));
  const next = await aTaughtCompetition(db, { fresh: { cv: 0.5 } });
  const problem = next.problem;
  if (problem === null) throw new Error('it was read');
  const image = {
    ...next,
    problem: {
      ...problem,
      modality: 'image' as const,
      task: 'regression' as const,
      metric: 'rmse' as const,
      classes: null,
    },
  };

  const told = await lessonsFor(ctx, next, 'research');

  expect(told).toHaveLength(3);
  expect(told[0]).toEqual({
    text: 'Drafts that won in the most alike earlier competitions: boosting (1 of 1).',
    evidence: 'earlier (likeness 1.00)',
  });
  expect(told.map(({ evidence }) => evidence)).toContain(
    'Seen in 1 of 1 competition (earlier: linear 0.7, boosting 0.9); likeness 1.00, confidence 0.67.',
  );
  // Who writes code is told of features, not of who wins.
  expect((await lessonsFor(ctx, next, 'code')).map(({ text }) => text)).toEqual([
    expect.stringContaining('features:counts helps'),
  ]);
  expect(await lessonsFor(ctx, image, 'research')).toEqual([]);
});

test('that training and test rows differ is told to every prompt of the competition, and to no other', async () => {
  const { db, ctx } = await aWorld();
  const drift = { auc: 0.83, columns: [{ name: 'age', auc: 0.81 }], trainRows: 1_000, testRows: 900 };
  const differs = await aTaughtCompetition(db, { one: { cv: 0.5 } }, { details: { drift } });
  const alike = await aTaughtCompetition(
    db,
    { one: { cv: 0.5 } },
    { details: { drift: { ...drift, auc: 0.6 } } },
  );

  for (const reader of ['research', 'code'] as const) {
    expect(await lessonsFor(ctx, differs, reader)).toEqual([
      {
        text: expect.stringContaining('Training and test rows of this competition differ'),
        evidence:
          'Adversarial check: a classifier tells them apart with an AUC of 0.83, most by age (0.81) (limit 0.70; 1000 and 900 rows).',
      },
    ]);
    expect(await lessonsFor(ctx, alike, reader)).toEqual([]);
  }
});

test('people are asked once what a competition taught; their words become a lesson, and silence keeps the rest', async () => {
  const { db, ctx } = await aWorld({ canBeAsked: () => true });
  const competition = await aTaughtCompetition(db, nodes, { slug: 'earlier' });
  await learnFromEnd(ctx, competition);
  await learnFromEnd(ctx, competition);
  const [decision, ...others] = await listDecisions(ctx.state, {
    competitionId: competition.id,
    onlyOpen: true,
  });
  const before = await texts(ctx);

  await closeDecision(ctx.state, {
    id: decision?.id ?? '',
    option: 'edit',
    note: 'Families\nof  passengers share a fate.\u202e',
    byDefault: false,
    actor: someActor,
  });
  const answered = { type: 'human_decision_made' as const, competitionId: competition.id };
  for (const _ of [1, 2]) await learnFromNote(ctx, { ...answered, payload: { decisionId: decision?.id } });

  expect(others).toEqual([]);
  expect(decision).toMatchObject({
    kind: 'post_mortem',
    blocking: false,
    draft: { question: 'What earlier taught: shall I keep it as it is?', defaultOption: 'save' },
  });
  expect(decision?.draft.facts).toContainEqual({ label: 'Best approach', value: 'boosting (0.90000)' });
  const lessons = await listLessons(ctx.state, { all: false });
  expect(lessons).toHaveLength(before.length + 1);
  expect(lessons.filter(({ source }) => source === 'person')).toMatchObject([
    { kind: 'advice', text: 'Families of passengers share a fate.', timesConfirmed: 1 },
  ]);
});

test('a competition that is given up teaches as one that went to its end, and its warning is taken back', async () => {
  const { db, ctx } = await aWorld();
  const competition = await aTaughtCompetition(db, nodes);
  await tellDrift(ctx, competition, { auc: 0.9, columns: [], trainRows: 9, testRows: 9 });
  const { id, version } = competition;
  await transitionCompetition(ctx.state, { id, version, event: 'stopped', actor: someActor });

  await learnFromNote(ctx, { type: 'stopped', competitionId: id, payload: {} });

  expect((await listOutcomes(ctx.state, 10)).map(({ gate }) => gate)).toEqual([0.8, 0.6]);
  expect((await db.pool.query('select from alerts where cleared_at is null')).rowCount).toBe(0);
});

test('where nobody can answer nobody is asked, and what was learnt is kept', async () => {
  const { db, ctx } = await aWorld();
  const competition = await aTaughtCompetition(db, nodes);

  await learnFromEnd(ctx, competition);

  expect(await listDecisions(ctx.state, { competitionId: competition.id, onlyOpen: false })).toEqual([]);
  expect(await texts(ctx)).toHaveLength(2);
});

/** Says one sound thing, one made up, and what it thinks of the first lesson that it is shown. */
const thoughtful: Script = ({ asked }) =>
  sayJson({
    lessons: [
      { text: 'Counts of rare values help boosted trees on small tables.', evidence: ['n1'] },
      { text: 'This was never seen, and cites what is not there.', evidence: ['n77'] },
    ],
    known: asked.includes('k1:') ? [{ id: 'k1', verdict: 'contradicts', evidence: ['n1', 'n2'] }] : [],
  });

test('what a model concludes is kept where it cites nodes that exist, and contradicted by the next competition', async () => {
  const { model, emulator, rows } = await startScriptedClaude(thoughtful);
  const { db, ctx } = await aWorld({ models: model });
  const first = await aTaughtCompetition(db, nodes, { slug: 'first' });

  await learnFromEnd(ctx, first);
  // Repeated, it pays nothing more.
  await learnFromEnd(ctx, first);
  const paid = rows.length;
  const insight = (await listLessons(ctx.state, { all: false })).filter(({ source }) => source === 'model');
  await learnFromEnd(ctx, await aTaughtCompetition(db, nodes, { slug: 'second' }));

  expect(insight).toMatchObject([
    {
      kind: 'insight',
      text: 'Counts of rare values help boosted trees on small tables.',
      evidence: [{ competition: 'first', verdict: 'confirms', nodes: ['boosting'] }],
    },
  ]);
  expect(paid).toBe(1);
  const asked = emulator.asked.map(({ asked: text }) => text).join('\n');
  expect(asked).toContain('n1: draft boosting');
  // A model never sees what the gate said.
  expect(asked).not.toContain('0.80000');
  const all = await listLessons(ctx.state, { all: true });
  expect(all.find(({ source }) => source === 'model')).toMatchObject({
    timesConfirmed: 1,
    timesContradicted: 1,
    retiredAt: null,
  });
  expect(rows.length).toBe(paid + 1);
});

test('a model that fails costs nothing but its conclusions', async () => {
  const { model } = await startScriptedClaude(() => fail({ status: 402 }));
  const { db, ctx } = await aWorld({ models: model });

  await learnFromEnd(ctx, await aTaughtCompetition(db, nodes));

  expect(await texts(ctx)).toHaveLength(2);
});

test('what cannot be learnt stops no competition', async () => {
  const { db, ctx } = await aWorld();
  const competition = await aTaughtCompetition(db, nodes);
  await db.pool.query('alter table lessons rename to lost');

  await expect(learnFromRound(ctx, competition)).resolves.toBeUndefined();
  expect(await getCompetition(ctx.state, competition.id)).not.toBeNull();
});

test('people see the lessons that count for a competition, and have one forgotten by the beginning of its id', async () => {
  const { db, ctx } = await aWorld();
  await learnFromRound(ctx, await aTaughtCompetition(db, nodes, { slug: 'earlier' }));
  const next = await aTaughtCompetition(db, { fresh: { cv: 0.5 } }, { slug: 'next' });

  const before = await readLessonsView(ctx, { slug: next.slug });
  const [first] = before.lessons;
  await forgetLesson(ctx, { id: first?.id ?? '' });
  const after = await readLessonsView(ctx, { slug: next.slug });

  expect(before).toMatchObject({
    total: 2,
    retired: 0,
    drift: null,
    won: { evidence: 'earlier (likeness 1.00)' },
  });
  expect(first).toMatchObject({ likeness: 1, evidence: expect.stringContaining('likeness 1.00') });
  expect(after).toMatchObject({ total: 1, retired: 1 });
  expect((await lessonsFor(ctx, next, 'research')).map(({ text }) => text)).not.toContain(first?.text);
  expect(await readLessonsView(ctx, { slug: null })).toMatchObject({ slug: null, won: null, total: 1 });
  await expect(forgetLesson(ctx, { id: 'ffffffff' })).rejects.toMatchObject({ code: 'lessons.unknown' });
  await expect(forgetLesson(ctx, { id: after.lessons[0]?.id.slice(0, 3) ?? '' })).rejects.toMatchObject({
    code: 'lessons.ambiguous',
  });
  await expect(readLessonsView(ctx, { slug: 'nowhere' })).rejects.toMatchObject({
    code: 'competition.unknown',
  });
});
