import { expect, test } from 'vitest';
import { gpuCommands } from '../../src/app/gpu-commands.ts';
import { writeInstallationFile } from '../../src/app/installation-file.ts';
import { labelPrefixOf } from '../../src/app/rented.ts';
import { isHeldGpu } from '../../src/state/gpu-life.ts';
import { someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { loadTestSettings } from '../support/test-config.ts';
import { aStart, vastAt, within } from '../support/vast/a-vast.ts';
import { startVast, type VastEmulator } from '../support/vast/start-vast.ts';

const installation = '1a2b3c4d-0000-4000-8000-000000000000';
const call = { signal: AbortSignal.timeout(60_000), onProgress: () => undefined };

function commandsAt(vast: VastEmulator, environment: Record<string, string>) {
  return commandsWith({ VAST_API_KEY: vast.apiKey, VAST_API_URL: vast.url, ...environment });
}

function commandsWith(environment: Record<string, string>) {
  const settings = loadTestSettings(environment, { toleratesFaults: true });
  return gpuCommands({ settings, logging: { log: silentLog }, actor: someActor });
}

/** A machine of an installation, as its agent started it. */
async function aMachine(vast: VastEmulator, id: string) {
  const labelPrefix = labelPrefixOf(id);
  const provider = vastAt(vast, { labelPrefix });
  await provider.start(await aStart(provider, { key: `${labelPrefix}gpu-${'0'.repeat(32)}-1` }), within());
}

const labels = (vast: VastEmulator) => vast.alive().map(({ label }) => label);

test('with the agent and its database gone every machine of ours is ended, and no other', async () => {
  const vast = await startVast();
  const folder = await tempFolder();
  await writeInstallationFile(folder, installation);
  await aMachine(vast, installation);
  await aMachine(vast, 'ffffffff-0000-4000-8000-000000000000');
  const commands = commandsAt(vast, { KAGGLE_AGENT_DATA: folder });
  expect(await commands.listGpus({ ...call, installation: null })).toMatchObject({
    machines: [{ provider: 'vast', key: expect.stringMatching(/^ka-1a2b3c4d-/) }],
    problems: [],
  });

  const stop = await commands.stopGpus({ ...call, installation: null });

  expect(stop).toMatchObject({ stopped: [{ provider: 'vast' }], left: [], unknown: [], isHeld: false });
  expect(labels(vast)).toEqual([expect.stringMatching(/^ka-ffffffff-/)]);
});

test('where nobody knows the installation nothing is touched, until it is named', async () => {
  const vast = await startVast();
  await aMachine(vast, installation);
  const commands = commandsAt(vast, { KAGGLE_AGENT_DATA: await tempFolder() });

  await expect(commands.stopGpus({ ...call, installation: null })).rejects.toMatchObject({
    kind: 'configuration',
    code: 'gpu.installation_unknown',
  });
  expect(labels(vast)).toHaveLength(1);

  expect(await commands.stopGpus({ ...call, installation: '1a2b3c4d' })).toMatchObject({ left: [] });
  expect(labels(vast)).toEqual([]);
});

test('with the database there nothing is rented after it, until that is lifted', async () => {
  const vast = await startVast();
  const { connectionString, state } = await freshState();
  const commands = commandsAt(vast, {
    DATABASE_URL: connectionString,
    KAGGLE_AGENT_DATA: await tempFolder(),
  });

  // Another installation's runs are no matter of this database.
  expect(await commands.stopGpus({ ...call, installation: '1a2b3c4d' })).toMatchObject({ isHeld: false });
  expect(await isHeldGpu(state)).toBe(false);

  expect(await commands.stopGpus({ ...call, installation: null })).toMatchObject({
    stopped: [],
    isHeld: true,
  });

  expect(await isHeldGpu(state)).toBe(true);
  expect(await commands.allowGpus(call)).toEqual({ wasHeld: true });
  expect(await commands.allowGpus(call)).toEqual({ wasHeld: false });
});

test('a vendor that gives no list is told as unknown, not as empty', async () => {
  const vast = await startVast();
  const commands = commandsAt(vast, { VAST_API_KEY: 'wrong', KAGGLE_AGENT_DATA: await tempFolder() });

  expect(await commands.stopGpus({ ...call, installation: '1a2b3c4d' })).toMatchObject({
    stopped: [],
    unknown: [{ provider: 'vast' }],
  });
});

test('without a key nobody says that nothing is there', async () => {
  const commands = commandsWith({ KAGGLE_AGENT_DATA: await tempFolder() });

  // Also on a folder that was never used: then its id would not help.
  await expect(commands.stopGpus({ ...call, installation: null })).rejects.toMatchObject({
    code: 'gpu.no_vendor',
  });
});

test('what is wrong with other settings keeps no machine alive, and a vendor whose own are wrong is unknown', async () => {
  const vast = await startVast();
  const folder = await tempFolder();
  await writeInstallationFile(folder, installation);
  await aMachine(vast, installation);
  const commands = commandsAt(vast, {
    KAGGLE_AGENT_DATA: folder,
    ...{ DATABASE_URL: 'nonsense', PORT: 'many', SLACK_BOT_TOKEN: 'wrong', KAGGLE_AGENT_NONSENSE: '1' },
    SALAD_API_KEY: 'a-key',
  });
  const unasked = [{ provider: 'saladcloud' }];
  expect(await commands.listGpus({ ...call, installation: null })).toMatchObject({
    machines: [{ provider: 'vast' }],
    problems: [{ ...unasked[0], problem: expect.stringContaining('SALAD_ORGANIZATION: is needed') }],
  });

  const stop = await commands.stopGpus({ ...call, installation: null });

  expect(stop).toMatchObject({ stopped: [{ provider: 'vast' }], left: [], unknown: unasked, isHeld: false });
  expect(labels(vast)).toEqual([]);
});
