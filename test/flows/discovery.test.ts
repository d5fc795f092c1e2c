import { expect, test } from 'vitest';
import { discover } from '../../src/flows/discovery/discover.ts';
import { listCompetitions } from '../../src/state/competitions.ts';
import { aCompetitionFolder } from '../support/kaggle.ts';
import { aPracticeWorld } from '../support/practice-world.ts';

const folders = (...all: Record<string, unknown>[]) =>
  Promise.all(all.map((fields) => aCompetitionFolder(fields)));

test('what is new is stored with its feasibility and told once; it starts nothing', async () => {
  const { ctx, pool } = await aPracticeWorld({ folders: await folders({ slug: 'one' }, { slug: 'two' }) });

  expect(await discover(ctx)).toEqual({ seen: 2 });
  expect(await discover(ctx)).toEqual({ seen: 2 });

  const rows = await listCompetitions(ctx.state);
  expect(
    rows
      .map(({ slug, state, requestedAt }) => ({ slug, state, requestedAt }))
      .sort((a, b) => a.slug.localeCompare(b.slug)),
  ).toEqual([
    { slug: 'one', state: 'discovered', requestedAt: null },
    { slug: 'two', state: 'discovered', requestedAt: null },
  ]);
  expect(rows.every(({ feasibility }) => feasibility !== null)).toBe(true);
  const { rows: events } = await pool.query('select type from events');
  expect(events).toEqual([{ type: 'competition_discovered' }]);
});

test('with autostart the feasible ones are entered, three at once', async () => {
  const all = await folders(...['a', 'b', 'c', 'd'].map((slug) => ({ slug: `contest-${slug}` })));
  const { ctx } = await aPracticeWorld({ folders: all, policy: { autostart: true } });

  await discover(ctx);
  await discover(ctx);

  const rows = await listCompetitions(ctx.state);
  const scores = rows.map(({ feasibility }) => Number((feasibility as { score: number } | null)?.score));
  const feasible = scores.filter((score) => score >= 70).length;
  expect(rows.filter(({ requestedAt }) => requestedAt !== null)).toHaveLength(feasible);
  expect(rows.filter(({ admittedAt }) => admittedAt !== null)).toHaveLength(Math.min(3, feasible));
});

test('one that is over is not told, and one whose rules are not accepted is seen all the same', async () => {
  const { ctx } = await aPracticeWorld({
    folders: await folders(
      { slug: 'over', deadline: '2024-01-01T00:00:00Z' },
      { slug: 'closed-rules', rulesAccepted: false },
      { slug: 'open-one' },
    ),
  });

  await discover(ctx);

  expect((await listCompetitions(ctx.state)).map(({ slug }) => slug).sort()).toEqual([
    'closed-rules',
    'open-one',
  ]);
});

test('a vendor that is away ends the look as transient, and the next one goes on', async () => {
  const { ctx } = await aPracticeWorld({
    folders: await folders({ slug: 'one' }),
    arena: { faults: [{ method: 'ListCompetitions', action: { kind: 'answer', status: 503 }, times: 3 }] },
  });

  await expect(discover(ctx)).rejects.toMatchObject({ kind: 'transient' });
  expect(await discover(ctx)).toEqual({ seen: 1 });
});
