import { expect, test } from 'vitest';
import {
  admitCompetitions,
  findCompetition,
  getCompetition,
  listCompetitions,
  reopenCompetition,
  requestCompetition,
  seeCompetition,
  setCompetitionProblem,
  transitionCompetition,
} from '../../src/state/competitions.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const limits = { maxRounds: 2, timeLimitSeconds: null, approachesPerRound: 3, budgetUsd: null };
const actor = someActor;
type Db = Awaited<ReturnType<typeof freshState>>;

function see({ state }: Db, slug: string, details: Record<string, unknown> = {}, announce = true) {
  return seeCompetition(state, { slug, title: 'Seen', details, feasibility: { score: 1 }, announce, actor });
}

async function eventTypes({ state }: Db): Promise<string[]> {
  return (await listEvents(state, { competitionId: null, after: 0, limit: 1_000 })).map(({ type }) => type);
}

test('a competition that is seen for the first time is told about, one that is known is refreshed', async () => {
  const db = await freshState();
  const first = await see(db, 'titanic', { url: 'https://example.org/', teamCount: 5 });
  const again = await see(db, 'titanic', { teamCount: 6 });
  await see(db, 'quiet', {}, false);

  expect(again.id).toBe(first.id);
  expect(again.details).toEqual({ url: 'https://example.org/', teamCount: 6 });
  expect(again).toMatchObject({ state: 'discovered', version: 0, feasibility: { score: 1 } });
  expect(await eventTypes(db)).toEqual(['competition_discovered']);
});

test('many at once that see a new competition tell about it once', async () => {
  const db = await freshState();

  const seen = await Promise.all(Array.from({ length: 10 }, () => see(db, 'titanic')));

  expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
  expect(await eventTypes(db)).toEqual(['competition_discovered']);
});

test('no more competitions than allowed are active; the others begin by priority as places become free', async () => {
  const db = await freshState();
  const seen = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((slug) => see(db, slug, {}, false)));
  const priorities = [50, 50, 50, 90, 10, 40];
  for (const [index, { id }] of seen.entries()) {
    await requestCompetition(db.state, { id, priority: priorities[index] ?? 0, limits, maxActive: 3, actor });
  }
  const begun = async () =>
    (await listCompetitions(db.state))
      .filter(({ admittedAt }) => admittedAt !== null)
      .map(({ slug }) => slug);
  expect(await begun()).toEqual(['a', 'b', 'c']);
  expect(await admitCompetitions(db.state, 3, actor)).toEqual([]);

  await transitionCompetition(db.state, { id: seen[0]?.id ?? '', version: 0, event: 'stopped', actor });
  expect(await admitCompetitions(db.state, 3, actor)).toEqual(['e']);
  expect(await admitCompetitions(db.state, 5, actor)).toEqual(['f', 'd']);
  expect((await eventTypes(db)).filter((type) => type === 'new_competition_found')).toHaveLength(6);
});

test('places are not given out twice when many ask at the same time', async () => {
  const db = await freshState();
  const seen = await Promise.all(Array.from({ length: 12 }, (_, index) => see(db, `c${index}`, {}, false)));

  await Promise.all([
    ...seen.map(({ id }) => requestCompetition(db.state, { id, priority: 50, limits, maxActive: 3, actor })),
    ...seen.map(() => admitCompetitions(db.state, 3, actor)),
  ]);

  const admitted = (await listCompetitions(db.state)).filter(({ admittedAt }) => admittedAt !== null);
  expect(admitted).toHaveLength(3);
  expect(await eventTypes(db)).toEqual([
    'new_competition_found',
    'new_competition_found',
    'new_competition_found',
  ]);
});

test('asking twice for a competition changes nothing more', async () => {
  const db = await freshState();
  const { id } = await see(db, 'titanic', {}, false);
  const ask = (priority: number) =>
    requestCompetition(db.state, { id, priority, limits, maxActive: 3, actor });
  const first = await ask(5);
  const second = await ask(80);

  expect(first).toMatchObject({ priority: 5, limits, requestedBy: actor });
  expect(second).toMatchObject({ priority: 5, requestedAt: first.requestedAt, admittedAt: first.admittedAt });
  expect(await eventTypes(db)).toEqual(['new_competition_found']);
  const { rows } = await db.pool.query('select action from audit_log');
  expect(rows).toEqual([{ action: 'competition.requested' }]);
});

test('a paused competition frees its place', async () => {
  const db = await freshState();
  await aCompetition(db, { state: 'paused', admitted: true });
  await aCompetition(db, { state: 'failed', admitted: true });
  await aCompetition(db, { slug: 'next', requested: true });

  expect(await admitCompetitions(db.state, 1, actor)).toEqual(['next']);
});

test('a finished competition starts over as a new row, and the old one keeps its history under a dated name', async () => {
  const db = await freshState();
  const { id } = await see(db, 'titanic', { teamCount: 3 }, false);
  expect(await reopenCompetition(db.state, id, actor)).toBeNull();
  await transitionCompetition(db.state, {
    id,
    version: 0,
    event: 'stopped',
    payload: { reason: 'enough' },
    actor,
  });

  const again = await reopenCompetition(db.state, id, actor);

  expect(again).toMatchObject({
    slug: 'titanic',
    state: 'discovered',
    version: 0,
    requestedAt: null,
    details: { teamCount: 3 },
  });
  const old = await getCompetition(db.state, id);
  expect(old).toMatchObject({ state: 'abandoned', outcome: 'enough' });
  expect(old?.finishedAt).toBeInstanceOf(Date);
  expect(old?.slug).toMatch(/^titanic-\d{14}$/);
  expect((await findCompetition(db.state, 'titanic'))?.id).toBe(again?.id);
  expect(await findCompetition(db.state, 'nothing')).toBeNull();
});

test('what was found out about the problem is stored beside what was known', async () => {
  const db = await freshState();
  const { id } = await see(db, 'titanic', { teamCount: 3 }, false);

  const changed = await setCompetitionProblem(db.state, {
    id,
    problem: null,
    profile: null,
    details: { dataFiles: { 'train.csv': 'data/train.csv' } },
  });

  expect(changed?.details).toEqual({ teamCount: 3, dataFiles: { 'train.csv': 'data/train.csv' } });
});

test('a competition that is not there is null everywhere', async () => {
  const { state } = await freshState();
  const id = '00000000-0000-4000-8000-000000000000';

  expect(await getCompetition(state, id)).toBeNull();
  expect(await reopenCompetition(state, id, actor)).toBeNull();
  expect(await transitionCompetition(state, { id, version: 0, event: 'stopped', actor })).toBeNull();
});
