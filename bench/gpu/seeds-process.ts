/** Runs seeds, several at once since they mostly wait, and prints each outcome as one line of JSON. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { closePlace, openPlace } from '../../test/support/gpu-campaign/place.ts';
import { runSeed } from '../../test/support/gpu-campaign/run-seed.ts';

const atOnce = 3;
const ordersSchema = z.object({
  python: z.string(),
  cluster: z.object({ agentUrl: z.string(), adminUrl: z.string(), template: z.string() }),
  seeds: z.array(z.number().int()),
});

const { python, cluster, seeds } = ordersSchema.parse(JSON.parse(process.argv[2] ?? ''));
const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-seeds-'));
try {
  const place = await openPlace({ cluster, folder, python });
  const work = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      process.stdout.write(`${JSON.stringify(await runSeed(place, seed))}\n`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await closePlace(place);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
