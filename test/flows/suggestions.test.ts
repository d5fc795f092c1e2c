import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { SystemFailure } from '../../src/domain/errors.ts';
import { answerDecision } from '../../src/flows/commands/answer-decision.ts';
import { startCompetition } from '../../src/flows/commands/start-competition.ts';
import { discover } from '../../src/flows/discovery/discover.ts';
import { settleSuggestions } from '../../src/flows/discovery/settle-suggestions.ts';
import { findCompetition } from '../../src/state/competitions.ts';
import { listDecisions } from '../../src/state/decisions.ts';
import { aDiscoveryWorld, type DiscoveryWorld } from '../support/discovery-world.ts';
import { aCompetitionFolder } from '../support/kaggle.ts';

const slugs = (...names: string[]) => names.map((slug) => ({ slug }));

async function asked({ ctx }: Pick<DiscoveryWorld, 'ctx'>, onlyOpen = true): Promise<string[]> {
  return (await listDecisions(ctx.state, { competitionId: null, onlyOpen })).map(({ slug }) => slug);
}

async function answer(ctx: Context, slug: string, option: string): Promise<void> {
  await answerDecision(ctx, { decisionId: null, slug, option });
}

test('the best are suggested with budgets, a few a day, and nothing starts by that', async () => {
  const world = await aDiscoveryWorld({
    competitions: [...slugs('a', 'b', 'c'), { slug: 'best', reward: '$50,000' }],
    rules: { mostSuggestionsADay: 2 },
  });

  await discover(world.ctx);
  await discover(world.ctx);

  const [first, ...rest] = await listDecisions(world.ctx.state, { competitionId: null, onlyOpen: true });
  expect(rest).toHaveLength(1);
  expect(first).toMatchObject({ slug: 'best', kind: 'suggestion', blocking: false });
  expect(first?.draft.options.map(({ id }) => id)).toEqual([
    'enter_10',
    'enter_40',
    'enter_100',
    'watch',
    'ignore',
  ]);
  expect(first?.draft.defaultOption).toBe('watch');
  expect(await findCompetition(world.ctx.state, 'best')).toMatchObject({
    requestedAt: null,
    state: 'discovered',
  });
});

test('its button enters a competition with the budget it says; pressed or carried out twice, it is one', async () => {
  const world = await aDiscoveryWorld({ competitions: slugs('one') });
  await discover(world.ctx);
  await answer(world.ctx, 'one', 'enter_40');

  await Promise.all([settleSuggestions(world.ctx), settleSuggestions(world.ctx)]);
  await settleSuggestions(world.ctx);

  expect(await findCompetition(world.ctx.state, 'one')).toMatchObject({
    requestedBy: world.ctx.actor,
    limits: { budgetUsd: 40 },
  });
  const { rows } = await world.pool.query(`select type from events where type = 'new_competition_found'`);
  expect(rows).toHaveLength(1);
  expect((await world.listing('one')).suggestion).toBe('entered');
});

test('an answer that was lost between press and deed is carried out at the next look', async () => {
  const world = await aDiscoveryWorld({ competitions: slugs('one') });
  await discover(world.ctx);
  await answer(world.ctx, 'one', 'enter_10');

  await discover(world.ctx);

  expect((await findCompetition(world.ctx.state, 'one'))?.requestedAt).not.toBeNull();
});

test('an answer that cannot be carried out now hides no other, and keeps nobody from looking', async () => {
  const world = await aDiscoveryWorld({ competitions: slugs('one', 'two') });
  const { kaggle } = world.ctx;
  await discover(world.ctx);
  await answer(world.ctx, 'one', 'enter_10');
  await answer(world.ctx, 'two', 'enter_10');
  await world.arena.addCompetition(await aCompetitionFolder({ slug: 'three' }));
  const ctx: Context = {
    ...world.ctx,
    kaggle: {
      ...kaggle,
      async findCompetition(slug, call) {
        if (slug === 'one') throw new SystemFailure('An odd answer.', { code: 'kaggle.bad_response' });
        return await kaggle.findCompetition(slug, call);
      },
    },
  };

  await expect(discover(ctx)).rejects.toMatchObject({ code: 'kaggle.bad_response' });

  expect((await world.listing('two')).suggestion).toBe('entered');
  expect((await world.listing('three')).readAt).not.toBeNull();
  await discover(world.ctx);
  expect((await world.listing('one')).suggestion).toBe('entered');
});

test('an answer that cannot be carried out is told with its reason, and the competition is watched', async () => {
  const world = await aDiscoveryWorld({ competitions: slugs('one') });
  const { ctx } = world;
  await discover(ctx);
  world.arena.changeCompetition('one', { submissionsDisabled: true });
  await answer(ctx, 'one', 'enter_10');

  await settleSuggestions(ctx);
  const told = async () =>
    (await world.pool.query(`select details ->> 'code' as code, cleared_at is not null as over from alerts`))
      .rows;

  expect(await told()).toEqual([{ code: 'kaggle.submissions_disabled', over: false }]);
  expect((await world.listing('one')).suggestion).toBe('watched');
  await discover({ ...ctx, now: () => new Date(Date.now() + 2 * 3_600_000) });
  expect(await told()).toEqual([{ code: 'kaggle.submissions_disabled', over: true }]);
});

test('what is ignored is not asked about again, but once more when its reward changes', async () => {
  const world = await aDiscoveryWorld({ competitions: slugs('one') });
  const { ctx } = world;
  await discover(ctx);
  await answer(ctx, 'one', 'ignore');
  await discover(ctx);
  expect((await world.listing('one')).suggestion).toBe('ignored');
  expect(await asked(world)).toEqual([]);

  world.arena.changeCompetition('one', { reward: '$25,000' });
  await discover(ctx);
  expect(await asked(world)).toEqual(['one']);
  await answer(ctx, 'one', 'watch');
  world.arena.changeCompetition('one', { reward: '$35,000' });
  await discover(ctx);

  expect(await asked(world)).toEqual([]);
  expect(await asked(world, false)).toEqual(['one', 'one']);
});

test('a question is withdrawn when somebody starts the competition, and when it ends', async () => {
  const world = await aDiscoveryWorld({ competitions: slugs('started', 'ended') });
  const { ctx } = world;
  await discover(ctx);
  expect((await asked(world)).sort()).toEqual(['ended', 'started']);

  await startCompetition(ctx, { slug: 'started' });
  world.arena.changeCompetition('ended', { deadline: new Date(Date.now() - 60_000) });
  await discover(ctx);

  const all = await listDecisions(ctx.state, { competitionId: null, onlyOpen: false });
  expect(all.map(({ status }) => status)).toEqual(['withdrawn', 'withdrawn']);
  await settleSuggestions(ctx);
  expect((await world.listing('started')).suggestion).toBe('entered');
  expect((await world.listing('ended')).suggestion).toBe('watched');
});

test('lists of the settings and the threshold keep competitions from being asked about', async () => {
  const competitions = [
    ...slugs('fine-one', 'fine-two', 'bad-one'),
    { slug: 'fine-community', category: 'Community' },
  ];
  const rules = { allow: ['fine-*'], deny: ['*-two', 'category:community'] };
  const world = await aDiscoveryWorld({ competitions, rules });
  const strict = await aDiscoveryWorld({ competitions: slugs('one'), rules: { threshold: 101 } });

  await discover(world.ctx);
  await discover(strict.ctx);

  expect(await asked(world)).toEqual(['fine-one']);
  expect(await asked(strict)).toEqual([]);
});

test('autostart enters what is allowed and joined; about what is not joined a person is asked', async () => {
  const competitions = [...slugs('joined', 'denied'), { slug: 'apart', rulesAccepted: false }];
  const world = await aDiscoveryWorld({
    competitions,
    rules: { deny: ['denied'] },
    policy: { autostart: true },
  });

  await discover(world.ctx);
  await discover(world.ctx);

  const { rows } = await world.pool.query(`select slug from competitions where requested_at is not null`);
  expect(rows).toEqual([{ slug: 'joined' }]);
  expect(await asked(world)).toEqual(['apart']);
});

test.each([{ canBeAsked: false }, { isPractice: true }, { rules: { mostSuggestionsADay: 0 } }])(
  'with %j nobody is asked',
  async (options) => {
    const world = await aDiscoveryWorld({ competitions: slugs('one'), ...options });

    await discover(world.ctx);

    expect(await asked(world, false)).toEqual([]);
  },
);

test('a look that dies at any step and is done again announces, asks and enters everything once', async () => {
  const world = await aDiscoveryWorld({
    competitions: [...slugs('one', 'two'), { slug: 'apart', rulesAccepted: false }],
    policy: { autostart: true },
  });
  const { state } = world.ctx;
  let isDone = false;
  for (let last = 1; !isDone; last++) {
    let calls = 0;
    const dying: typeof state = {
      ...state,
      async call(name, args, schema) {
        const answered = await state.call(name, args, schema);
        calls += 1;
        // The change is made, and whoever made it never learns of it.
        if (calls === last) throw new Error('the process dies here');
        return answered;
      },
    };
    isDone = await discover({ ...world.ctx, state: dying }).then(
      () => calls < last,
      () => false,
    );
  }

  const { rows } = await world.pool.query(
    `select (select count(*)::int from competition_changes where what = 'new') as new,
       (select count(*)::int from events where type = 'new_competition_found') as entered,
       (select count(*)::int from human_interventions) as asked`,
  );
  expect(rows).toEqual([{ new: 3, entered: 2, asked: 1 }]);
});
