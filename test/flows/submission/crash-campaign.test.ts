import { expect, test } from 'vitest';
import { aPracticeWorld, practiceSlug } from '../../support/practice-world.ts';
import {
  campaignPolicy,
  createFaultSwitch,
  judgeCampaign,
  runSeed,
  type SeedReport,
} from '../../support/submission-campaign.ts';

/** Of the 200 of `npm run bench submission-crashes`. */
const seeds = [3, 11, 20, 37, 58, 64, 90, 121, 155, 188];

test('whatever crashes or is cut off on the way, each submission is there exactly once in the end', async () => {
  const network = createFaultSwitch();
  const world = await aPracticeWorld({
    fields: { dailySubmissions: 1_000 },
    arena: { faults: network.faults },
    policy: campaignPolicy,
  });
  const place = { ctx: world.ctx, pool: world.pool, slug: practiceSlug, network };

  const reports: SeedReport[] = [];
  for (const seed of seeds) reports.push(await runSeed(place, seed));

  expect(await judgeCampaign(place, reports)).toEqual({ lost: [], doubled: [] });
});
