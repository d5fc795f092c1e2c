import { createLocalCompute } from '../../../src/providers/compute/local.ts';
import { anOfferRequest, aStartSpec } from '../../support/compute.ts';

// An agent in a process of its own, for tests that kill it: starts one run and then does nothing.
const [scratchFolder = '', runnerPath = '', python = '', jobSheetUrl = ''] = process.argv.slice(2);
const compute = createLocalCompute({
  name: 'local',
  scratchFolder,
  runnerPath,
  python,
  slots: 1,
  cpuCores: 1,
  memoryBytes: 1_000_000_000,
  hiddenPaths: [],
  stopPatienceMs: 1_000,
  now: () => new Date(),
});
const signal = AbortSignal.timeout(60_000);
const [offer] = await compute.offers(anOfferRequest(), { signal });
if (offer === undefined) throw new Error('no offer');
await compute.start(aStartSpec({ key: 'run-of-the-dead', offer, jobSheetUrl }), { signal });
process.stdout.write('started\n');
