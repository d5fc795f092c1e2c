import { expect, test } from 'vitest';
import { endCode, getCode, listCode, planGeneration } from '../../src/state/code.ts';
import { transitionCompetition } from '../../src/state/competitions.ts';
import { listEvents } from '../../src/state/outbox.ts';
import {
  endResearchQuery,
  finishResearch,
  getResearchQuery,
  listApproaches,
  listResearch,
  planResearch,
} from '../../src/state/research.ts';
import { aCompetition, someActor as actor, anApproach } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

type Db = Awaited<ReturnType<typeof freshState>>;

async function itemsOf({ state }: Db, type: string): Promise<unknown[]> {
  const events = await listEvents(state, { competitionId: null, after: 0, limit: 1_000 });
  return events.filter((event) => event.type === type).map(({ payload }) => payload.items);
}

test('research is planned once: a row for each query, and one event that names them', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'researching', version: 1, round: 1 });
  const plan = (version: number) =>
    planResearch(db.state, {
      competitionId,
      version,
      items: [{ kind: 'features' }, { kind: 'models' }],
      steps: [],
      actor,
    });

  const [first, second] = await Promise.all([plan(1), plan(1)]);

  const ids = [first, second].find((list) => list?.length === 2);
  expect([first, second]).toContainEqual([]);
  expect(await plan(0)).toBeNull();
  expect(await itemsOf(db, 'research_planned')).toEqual([ids]);
  expect(await listResearch(db.state, competitionId)).toMatchObject([
    { kind: 'features', status: 'planned', round: 1, version: 1 },
    { kind: 'models', status: 'planned' },
  ]);
});

test('a query ends once, with its report or its error', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'researching' });
  const [id = ''] =
    (await planResearch(db.state, {
      competitionId,
      version: 0,
      items: [{ kind: 'features' }],
      steps: [],
      actor,
    })) ?? [];

  expect(
    await endResearchQuery(db.state, { id, status: 'done', provider: 'playbook', report: { a: 1 } }),
  ).toMatchObject({ status: 'done' });
  expect(await endResearchQuery(db.state, { id, status: 'failed', error: 'late' })).toBeNull();
  expect(await getResearchQuery(db.state, id)).toMatchObject({
    status: 'done',
    report: { a: 1 },
    error: null,
  });
});

test('finished research stores the ranked approaches and moves on, in one step', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'researching', version: 2, round: 1 });
  const approaches = [anApproach('boosting-plain'), anApproach('linear-plain', { family: 'linear' })];
  const finish = () =>
    finishResearch(db.state, {
      competitionId,
      version: 2,
      nodes: approaches.map((spec) => ({ spec })),
      actor,
    });

  const answers = await Promise.all([finish(), finish(), finish()]);

  expect(answers.filter((answer) => answer !== null)).toMatchObject([
    { state: 'research_completed', version: 3 },
  ]);
  expect(await listApproaches(db.state, competitionId)).toMatchObject([
    {
      rank: 1,
      name: 'boosting-plain',
      family: 'boosting',
      round: 1,
      version: 2,
      status: 'proposed',
      spec: approaches[0],
    },
    { rank: 2, name: 'linear-plain', family: 'linear' },
  ]);
});

test('research that may not finish from here leaves no approaches behind', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'training' });

  await expect(
    finishResearch(db.state, {
      competitionId,
      version: 0,
      nodes: [{ spec: anApproach('boosting-plain') }],
      actor,
    }),
  ).rejects.toMatchObject({ code: 'transition.illegal' });

  expect(await listApproaches(db.state, competitionId)).toEqual([]);
});

async function readyForCode(db: Db): Promise<string> {
  const { id: competitionId } = await aCompetition(db, { state: 'researching', round: 1 });
  const approaches = [anApproach('boosting-plain'), anApproach('linear-plain')];
  await finishResearch(db.state, {
    competitionId,
    version: 0,
    nodes: approaches.map((spec) => ({ spec })),
    actor,
  });
  await transitionCompetition(db.state, {
    id: competitionId,
    version: 1,
    event: 'generation_started',
    actor,
  });
  return competitionId;
}

test('code is planned for every approach of the round, and each is announced once however often it is planned', async () => {
  const db = await freshState();
  const competitionId = await readyForCode(db);
  const plan = (version = 2) => planGeneration(db.state, { competitionId, version, actor });

  const [first, second] = await Promise.all([plan(), plan()]);

  expect(first).toHaveLength(2);
  expect(second).toEqual(first);
  expect(await plan(1)).toBeNull();
  expect(await itemsOf(db, 'generation_planned')).toEqual([first]);
  expect((await listCode(db.state, competitionId)).map((code) => [code.approach.name, code.status])).toEqual([
    ['boosting-plain', 'planned'],
    ['linear-plain', 'planned'],
  ]);
});

test('after a pause only what is still open is announced again, and the join is announced even where nothing is', async () => {
  const db = await freshState();
  const competitionId = await readyForCode(db);
  const [first = '', second = ''] =
    (await planGeneration(db.state, { competitionId, version: 2, actor })) ?? [];
  await endCode(db.state, { id: first, status: 'ready', generator: 'baseline' });
  const pauseAndPlan = async (version: number) => {
    await transitionCompetition(db.state, { id: competitionId, version, event: 'paused', actor });
    await transitionCompetition(db.state, {
      id: competitionId,
      version: version + 1,
      event: 'resumed',
      actor,
    });
    return planGeneration(db.state, { competitionId, version: version + 2, actor });
  };

  expect(await pauseAndPlan(2)).toEqual([second]);
  await endCode(db.state, { id: second, status: 'failed', error: 'no' });
  expect(await pauseAndPlan(4)).toEqual([]);
  expect(await planGeneration(db.state, { competitionId, version: 6, actor })).toEqual([]);

  expect(await itemsOf(db, 'generation_planned')).toEqual([[first, second], [second], []]);
});

test('a script ends once and takes its approach along', async () => {
  const db = await freshState();
  const competitionId = await readyForCode(db);
  const [first = '', second = ''] =
    (await planGeneration(db.state, { competitionId, version: 2, actor })) ?? [];
  const bundle = { objectKey: 'bundles/a.tar.gz', sha256: 'a'.repeat(64), sizeBytes: 10 };
  const ready = {
    id: first,
    status: 'ready',
    generator: 'baseline',
    objectPrefix: 'code/a',
    bundle,
    gateReport: { ok: true },
    estimateSeconds: 12.5,
  } as const;

  expect(await endCode(db.state, ready)).toBe(true);
  expect(await endCode(db.state, { id: first, status: 'failed', error: 'late' })).toBe(false);
  expect(await endCode(db.state, { id: second, status: 'failed', error: 'It does not compile.' })).toBe(true);

  expect(await getCode(db.state, first)).toMatchObject({
    ...ready,
    approach: { name: 'boosting-plain', status: 'coded', error: null },
  });
  expect((await listApproaches(db.state, competitionId)).map(({ status, error }) => [status, error])).toEqual(
    [
      ['coded', null],
      ['failed', 'It does not compile.'],
    ],
  );
});
