import { expect, test } from 'vitest';
import { trainingPython } from '../../support/runner-kit.ts';
import { runCampaign } from './campaign.ts';

const python = trainingPython();
const seeds = Array.from({ length: 10 }, (_, index) => index + 1);

test.skipIf(python === '').each(seeds)(
  'whatever fails, no machine is left, no cap is crossed, and no run is doubled: seed %i',
  async (seed) => {
    const outcome = await runCampaign(seed, python);

    expect(outcome).toMatchObject({ seed, violations: [] });
  },
  180_000,
);
