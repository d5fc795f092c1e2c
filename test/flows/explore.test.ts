import { expect, test } from 'vitest';
import { stopCompetition } from '../../src/flows/commands/control-competition.ts';
import {
  explainFeasibility,
  explainListed,
  readDiscovery,
  setFactor,
} from '../../src/flows/commands/explore.ts';
import { startCompetition } from '../../src/flows/commands/start-competition.ts';
import { discover } from '../../src/flows/discovery/discover.ts';
import { findCompetition } from '../../src/state/competitions.ts';
import { aDiscoveryWorld } from '../support/discovery-world.ts';

test('a factor that a person sets moves the score, outlives the next look, and can be given back', async () => {
  const { ctx, listing } = await aDiscoveryWorld({ competitions: [{ slug: 'one' }] });
  await discover(ctx);
  const before = await explainFeasibility(ctx, { slug: 'one' });

  const set = await setFactor(ctx, { slug: 'one', factor: 'modality', value: 0.1 });
  await discover(ctx);

  expect(set.feasibility.score).toBeLessThan(before.feasibility.score);
  expect(set.overrides).toEqual(['modality']);
  expect((await listing('one')).feasibility?.score).toBe(set.feasibility.score);
  const back = await setFactor(ctx, { slug: 'one', factor: 'modality', value: null });
  expect(back.feasibility.score).toBe(before.feasibility.score);
});

test('what was never in the list is looked up when asked why, and what nobody knows is said so', async () => {
  const { ctx } = await aDiscoveryWorld({ competitions: [{ slug: 'one' }] });

  const why = await explainFeasibility(ctx, { slug: 'one' });

  expect(why.competition).toMatchObject({ slug: 'one', wasRead: false, isRequested: false });
  expect(await findCompetition(ctx.state, 'one')).toMatchObject({ requestedAt: null });
  await expect(explainFeasibility(ctx, { slug: 'none' })).rejects.toMatchObject({
    code: 'kaggle.unknown_competition',
  });
  await expect(explainListed(ctx, { slug: 'none' })).rejects.toMatchObject({ code: 'competition.unknown' });
});

test('what was stopped is not worked on any more, and no longer among the best', async () => {
  const { ctx } = await aDiscoveryWorld({ competitions: [{ slug: 'one' }] });
  await startCompetition(ctx, { slug: 'one' });
  const shown = async () => (await readDiscovery(ctx, { filter: 'all' })).competitions;
  expect(await shown()).toMatchObject([{ isRequested: true, isUnderWay: true }]);

  await stopCompetition(ctx, { slug: 'one' });

  expect(await shown()).toMatchObject([{ isRequested: true, isUnderWay: false }]);
  expect((await readDiscovery(ctx, { filter: 'best' })).competitions).toEqual([]);
});

test('the best come first, and each list shows what it says', async () => {
  const { ctx } = await aDiscoveryWorld({
    competitions: [
      { slug: 'plain' },
      { slug: 'rich', reward: '$50,000' },
      { slug: 'closed', submissionsDisabled: true },
      { slug: 'kept-out', rulesAccepted: false },
    ],
    rules: { deny: ['kept-*'] },
  });
  await discover(ctx);
  const shown = async (filter: 'best' | 'all' | 'watched' | 'entered') =>
    (await readDiscovery(ctx, { filter })).competitions.map(({ slug }) => slug);

  expect(await shown('best')).toEqual(['rich', 'plain']);
  expect((await shown('all')).sort()).toEqual(['closed', 'kept-out', 'plain', 'rich']);
  expect((await shown('watched')).sort()).toEqual(['plain', 'rich']);
  expect(await shown('entered')).not.toContain('kept-out');
});
