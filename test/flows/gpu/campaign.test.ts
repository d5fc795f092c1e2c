import { expect, test } from 'vitest';
import { testCluster } from '../../support/database.ts';
import { closePlace, openPlace } from '../../support/gpu-campaign/place.ts';
import { runSeed, type SeedOutcome } from '../../support/gpu-campaign/run-seed.ts';
import { trainingPython } from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const python = trainingPython();
const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
/** They mostly wait: for machines that come up, and for those that do not. */
const atOnce = 5;

test.skipIf(python === '')(
  'whatever fails, no machine is left, no cap is crossed, every run ends, and none is doubled',
  async () => {
    const place = await openPlace({ cluster: await testCluster(), folder: await tempFolder(), python });
    const left = [...seeds];
    const outcomes: SeedOutcome[] = [];
    const work = async () => {
      for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
        outcomes.push(await runSeed(place, seed));
      }
    };

    await Promise.all(Array.from({ length: atOnce }, work));

    await closePlace(place);
    const broken = outcomes.filter(({ violations }) => violations.length > 0);
    expect(broken.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
    expect(outcomes.flatMap(({ jobs }) => jobs)).toContain('completed');
  },
  300_000,
);
