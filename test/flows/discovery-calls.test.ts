import { expect, test } from 'vitest';
import { discover } from '../../src/flows/discovery/discover.ts';
import { lastDiscovery } from '../../src/state/discovery.ts';
import { aDiscoveryWorld, type DiscoveryWorld } from '../support/discovery-world.ts';

/** When the rows of the list were written last. */
const written = async ({ pool }: DiscoveryWorld) =>
  (await pool.query('select slug, updated_at from competitions order by slug')).rows;

const count = (calls: readonly string[], name: string) => calls.filter((one) => one === name).length;

test('an hour without changes costs four calls for five hundred competitions, and a few for those that were entered', async () => {
  const world = await aDiscoveryWorld({ catalogue: 500, rules: { readsPerLook: 10 } });

  await discover(world.ctx);
  const first = world.takeCalls();
  const open = (await world.listings()).length;
  await world.pool.query(
    `update competition_listings set read_at = now(), read_fingerprint = fingerprint, read_failures = 0,
       read_due_at = now() + interval '5 days', facts = '{"dataBytes": 1, "fileCount": 1, "modality": "tabular", "hasSample": true, "pageMetric": null}'`,
  );
  await discover(world.ctx);
  world.takeCalls();
  const before = await written(world);
  await discover(world.ctx);
  const quiet = world.takeCalls();

  expect(open).toBe(450);
  // three long pages of the whole list; what is entered is one more, and five of those are asked about what is left today
  expect(count(first, 'ListCompetitions')).toBe(4);
  expect(count(first, 'ListCompetitionPages')).toBe(10);
  expect(count(quiet, 'ListCompetitions')).toBe(4);
  expect(quiet.filter((name) => name !== 'ListCompetitions')).toEqual(Array(5).fill('GetSubmissionLimits'));
  expect(await written(world)).toEqual(before);
  expect((await lastDiscovery(world.ctx.state))?.counts).toMatchObject({
    seen: 450,
    new: 0,
    changed: 0,
    closed: 0,
    deepReads: 0,
    calls: 9,
  });
});

test('where long pages are refused the usual ones are read: five hundred on twenty-five pages', async () => {
  const world = await aDiscoveryWorld({ catalogue: 500, rules: { readsPerLook: 1 } });
  world.arena.inject({ method: 'ListCompetitions', action: { kind: 'answer', status: 400 }, times: 1 });

  await discover(world.ctx);

  const calls = count(world.takeCalls(), 'ListCompetitions');
  const { rows } = await world.pool.query(`select counts ->> 'listPages' as pages from discovery_runs`);
  // a page of nothing but what is over ends the list before its last pages
  expect(calls).toBe(Number(rows[0]?.pages) + 1);
  expect(calls).toBeGreaterThanOrEqual(24);
  expect((await world.listings()).length).toBe(450);
});

test('a page that fails loses nothing that was read, and closes nothing', async () => {
  const world = await aDiscoveryWorld({ catalogue: 300, rules: { readsPerLook: 1 } });
  // the first page comes, the second never does
  world.arena.inject({
    method: 'ListCompetitions',
    action: { kind: 'answer', status: 503 },
    skip: 1,
    times: 9,
  });

  await expect(discover(world.ctx)).rejects.toMatchObject({ kind: 'transient' });

  expect((await world.listings()).length).toBe(200);
  expect((await lastDiscovery(world.ctx.state))?.errorCode).toMatch(/^kaggle\./);
  const { rows } = await world.pool.query(
    `select count(*)::int as n from competition_listings where closed_at is not null`,
  );
  expect(rows).toEqual([{ n: 0 }]);
});

test('a list that comes back empty closes nothing, however often', async () => {
  const world = await aDiscoveryWorld({ catalogue: 60, rules: { readsPerLook: 1 } });
  await discover(world.ctx);
  const { kaggle } = world.ctx;
  const ctx = { ...world.ctx, kaggle: { ...kaggle, async *competitionPages() {} } };

  for (let hours = 0; hours < 3; hours += 1) await discover(ctx);

  expect((await world.listings()).filter(({ closedAt }) => closedAt !== null)).toEqual([]);
});

test('pages and files are read once, the promising ones first, and again when the entry changes or its time has come', async () => {
  const world = await aDiscoveryWorld({
    competitions: [{ slug: 'one' }, { slug: 'two' }, { slug: 'three', dailySubmissions: 4 }],
    rules: { readsPerLook: 2 },
  });
  const reads = async () => {
    await discover(world.ctx);
    return count(world.takeCalls(), 'ListCompetitionPages');
  };

  expect(await reads()).toBe(2);
  expect(await reads()).toBe(1);
  expect(await reads()).toBe(0);
  world.arena.changeCompetition('two', { reward: '$10,000' });
  expect(await reads()).toBe(1);
  await world.pool.query(
    `update competition_listings set read_due_at = now() - interval '1 minute' where slug = 'one'`,
  );
  expect(await reads()).toBe(1);
  expect(await reads()).toBe(0);
  const due = (await world.listings()).map(({ readDueAt }) => readDueAt?.getTime());
  expect(new Set(due).size).toBe(3);
});

test('a competition whose pages cannot be read hides no other and is tried again later', async () => {
  const world = await aDiscoveryWorld({ competitions: [{ slug: 'broken' }, { slug: 'fine' }] });
  world.arena.inject({
    method: 'ListCompetitionPages',
    action: { kind: 'answer', status: 404 },
    times: 1,
  });

  await discover(world.ctx);
  const [failed, read] = (await world.listings()).sort((a, b) => b.readFailures - a.readFailures);
  world.takeCalls();
  await discover(world.ctx);

  expect(failed).toMatchObject({ readAt: null, readFailures: 1 });
  expect(read?.readAt).not.toBeNull();
  expect(count(world.takeCalls(), 'ListCompetitionPages')).toBe(0);
});

test('what is left of the day is asked for once a day, also where it is refused', async () => {
  const world = await aDiscoveryWorld({ competitions: [{ slug: 'refused', needsVerification: true }] });
  const asked = async (ctx = world.ctx) => {
    await discover(ctx);
    return count(world.takeCalls(), 'GetSubmissionLimits');
  };

  expect(await asked()).toBe(1);
  expect(await asked()).toBe(0);
  expect(await asked({ ...world.ctx, now: () => new Date(Date.now() + 25 * 3_600_000) })).toBe(1);
});
