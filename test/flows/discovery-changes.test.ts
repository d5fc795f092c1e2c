import { expect, test } from 'vitest';
import { startCompetition } from '../../src/flows/commands/start-competition.ts';
import { discover } from '../../src/flows/discovery/discover.ts';
import { tell } from '../../src/flows/human-loop/tell.ts';
import { findCard } from '../../src/state/cards.ts';
import { listChanges, listStoredPages } from '../../src/state/discovery.ts';
import { claimEvents } from '../../src/state/outbox.ts';
import { aDiscoveryWorld, type DiscoveryWorld } from '../support/discovery-world.ts';
import { aCompetitionFolder } from '../support/kaggle.ts';

const dayMs = 24 * 3_600_000;
const inDays = (days: number) => new Date(Date.now() + days * dayMs);

/** What was noted, oldest first: `slug what`. */
async function noted({ ctx }: DiscoveryWorld): Promise<string[]> {
  const all = { slug: null, from: new Date(0), to: inDays(1), limit: 1_000 };
  return (await listChanges(ctx.state, all)).map(({ slug, what }) => `${slug} ${what}`);
}

test('a moved deadline, another reward and new rules are each noted once', async () => {
  const world = await aDiscoveryWorld({ competitions: [{ slug: 'one' }] });
  await discover(world.ctx);

  world.arena.changeCompetition('one', { deadline: inDays(30), reward: '$10,000' });
  await discover(world.ctx);
  await discover(world.ctx);
  world.arena.changeCompetition('one', { rules: 'No more than two models.', title: 'Odd or even?' });
  await discover(world.ctx);
  await discover(world.ctx);

  expect(await noted(world)).toEqual(['one new', 'one deadline', 'one reward', 'one pages', 'one rules']);
  expect((await world.listing('one')).details).toMatchObject({ reward: '$10,000' });
  const pages = await listStoredPages(world.ctx.state, 'one');
  expect(pages.find(({ name }) => name === 'rules')?.content).toContain('No more than two models.');
  const { rows } = await world.pool.query(`select type from events where type = 'competition_changed'`);
  expect(rows).toEqual([]);
});

test('what changes about a competition that is worked on is told in its thread, once', async () => {
  const world = await aDiscoveryWorld({ competitions: [{ slug: 'one' }] });
  const { ctx } = world;
  await startCompetition(ctx, { slug: 'one' });
  await discover(ctx);

  world.arena.changeCompetition('one', { deadline: inDays(30) });
  await discover(ctx);
  await discover(ctx);

  const events = await claimEvents(ctx.state, { worker: 'test', limit: 100, leaseSeconds: 60 });
  const changed = events.filter(({ type }) => type === 'competition_changed');
  expect(changed).toHaveLength(1);
  for (const event of changed) await tell(ctx, { ...event, eventId: event.id });
  const card = await findCard(ctx.state, `event:${changed[0]?.id}`);
  expect(card).toMatchObject({
    surface: 'thread',
    content: { kind: 'notice', event: 'competition_changed', changes: [{ what: 'deadline' }] },
  });
});

test('what is over or twice missing is closed, what comes back is open again, and neither is new', async () => {
  const world = await aDiscoveryWorld({
    competitions: [{ slug: 'ending' }, { slug: 'hidden' }, { slug: 'staying' }],
  });
  await discover(world.ctx);

  world.arena.changeCompetition('ending', { deadline: inDays(-1) });
  world.arena.changeCompetition('hidden', { isHidden: true });
  await discover(world.ctx);
  expect((await world.listing('hidden')).closedAt).toBeNull();
  await discover(world.ctx);
  await discover(world.ctx);
  expect((await world.listing('hidden')).closedAt).not.toBeNull();
  world.arena.changeCompetition('hidden', { isHidden: false });
  await discover(world.ctx);

  expect((await noted(world)).filter((line) => !line.endsWith(' new'))).toEqual([
    'ending deadline',
    'ending submissions',
    'ending closed',
    'hidden closed',
    'hidden reopened',
  ]);
  expect((await world.listing('ending')).closedAt).not.toBeNull();
  expect((await world.listing('hidden')).closedAt).toBeNull();
  expect((await world.listing('staying')).closedAt).toBeNull();
});

test('a hundred new ones are one event and one message', async () => {
  const world = await aDiscoveryWorld({ catalogue: 100, rules: { readsPerLook: 1 } });
  const { ctx } = world;
  await discover(ctx);
  await world.arena.addCompetition(await aCompetitionFolder({ slug: 'later' }));
  await discover(ctx);

  const events = await claimEvents(ctx.state, { worker: 'test', limit: 100, leaseSeconds: 60 });
  const found = events.filter(({ type }) => type === 'competition_discovered');
  for (const event of found) await tell(ctx, { ...event, eventId: event.id });

  expect(found).toHaveLength(2);
  const { rows } = await world.pool.query(
    `select content ->> 'count' as count, jsonb_array_length(content -> 'competitions') as shown from cards where kind = 'discovered'`,
  );
  expect(rows).toEqual([{ count: '91', shown: 30 }]);
});

test('two that look at once note everything once', async () => {
  const world = await aDiscoveryWorld({ competitions: [{ slug: 'one' }, { slug: 'two' }] });

  await Promise.all([discover(world.ctx), discover(world.ctx), discover({ ...world.ctx })]);

  expect((await noted(world)).sort()).toEqual(['one new', 'two new']);
});

test('what our account has left is entered no more', async () => {
  const world = await aDiscoveryWorld({ competitions: [{ slug: 'left' }, { slug: 'joined' }] });
  await discover(world.ctx);
  const { kaggle } = world.ctx;
  const ctx: typeof world.ctx = {
    ...world.ctx,
    kaggle: {
      ...kaggle,
      async *competitionPages(query, call) {
        for await (const page of kaggle.competitionPages(query, call)) {
          yield page.map((one) => (one.slug === 'left' ? { ...one, hasEntered: false } : one));
        }
      },
    },
  };

  await discover(ctx);

  expect((await world.listing('left')).participation).toMatchObject({
    hasEntered: false,
    submissionsLeft: null,
  });
  expect((await world.listing('joined')).participation).toMatchObject({ hasEntered: true });
});

test('what was closed long ago is not read with every list, and noticed when it comes back', async () => {
  const world = await aDiscoveryWorld({ competitions: [{ slug: 'old' }, { slug: 'new' }] });
  await discover(world.ctx);
  await world.pool.query(
    `update competition_listings set closed_at = now() - interval '31 days' where slug = 'old'`,
  );
  const listed = async () => (await world.listings()).map(({ slug }) => slug);
  expect(await listed()).toEqual(['new']);

  await discover(world.ctx);

  expect(await listed()).toEqual(['new', 'old']);
  expect(await noted(world)).toContain('old reopened');
});

test('how our account stands is read with the list, and what is left of the day by one call each', async () => {
  const world = await aDiscoveryWorld({
    competitions: [
      { slug: 'joined', dailySubmissions: 4 },
      { slug: 'apart', rulesAccepted: false },
    ],
  });

  await discover(world.ctx);

  expect((await world.listing('joined')).participation).toEqual({
    hasEntered: true,
    teamName: null,
    rank: null,
    teams: expect.any(Number),
    submissionsLeft: 4,
    submissionsUsed: 0,
    limitsReadAt: expect.any(Date),
    limitsTriedAt: expect.any(Date),
  });
  expect((await world.listing('apart')).participation).toBeNull();
  expect(world.takeCalls().filter((name) => name === 'GetSubmissionLimits')).toHaveLength(1);
});
