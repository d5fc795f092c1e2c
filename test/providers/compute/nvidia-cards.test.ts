import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCards } from '../../../src/providers/compute/nvidia-cards.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const signal = AbortSignal.timeout(60_000);
const question = '--query-gpu=index,uuid,name,memory.total --format=csv,noheader,nounits';

/** A program named nvidia-smi that answers this one question. */
async function aDriver(output: string, { exitCode = 0 } = {}) {
  const folder = await tempFolder();
  const program = join(folder, 'nvidia-smi');
  const script = `#!/bin/sh\n[ "$*" = "${question}" ] || exit 2\ncat <<'END'\n${output}\nEND\nexit ${exitCode}\n`;
  await writeFile(program, script);
  await chmod(program, 0o755);
  return `${folder}:/usr/bin:/bin`;
}

test('cards are known by their number for life, their name and their memory', async () => {
  const searchPath = await aDriver(
    [
      '0, GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c001, NVIDIA GeForce RTX 3090, 24576',
      '1, GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c002, NVIDIA H100 80GB HBM3, 81559',
    ].join('\n'),
  );

  expect(await findCards({ searchPath, signal })).toEqual({
    cards: [
      {
        uuid: 'GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c001',
        name: 'NVIDIA GeForce RTX 3090',
        memoryBytes: 24_576 * 2 ** 20,
      },
      {
        uuid: 'GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c002',
        name: 'NVIDIA H100 80GB HBM3',
        memoryBytes: 81_559 * 2 ** 20,
      },
    ],
    problem: null,
  });
});

test('a card of which the driver tells too little is left out, and the others are used', async () => {
  const searchPath = await aDriver(
    [
      '0, GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c001, NVIDIA A100-SXM4-40GB, [N/A]',
      '1, GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c002, Tesla T4, 15360',
      '2, GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c002, Tesla T4, 15360',
    ].join('\n'),
  );

  const { cards, problem } = await findCards({ searchPath, signal });

  expect(cards).toMatchObject([{ name: 'Tesla T4' }]);
  expect(problem).toContain('0, GPU-5c9e7f0a-8a44-0a6d-6d3f-b1a5f3b7c001, NVIDIA A100-SXM4-40GB, [N/A]');
});

test('no program and no devices are no cards, and a broken driver says why there are none', async () => {
  const none = { cards: [], problem: null };
  expect(await findCards({ searchPath: await tempFolder(), signal })).toEqual(none);
  expect(await findCards({ searchPath: await aDriver('No devices were found'), signal })).toEqual(none);
  const words =
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.";
  expect(await findCards({ searchPath: await aDriver(words, { exitCode: 9 }), signal })).toEqual({
    cards: [],
    problem: expect.stringMatching(/^nvidia-smi does not work, so no card .*installed and running\.$/),
  });
  expect(await findCards({ searchPath: await aDriver('Segmentation fault'), signal })).toMatchObject({
    cards: [],
    problem: expect.stringContaining('Segmentation fault'),
  });
});

test('a driver that hangs, whatever it is told, holds nobody up', async () => {
  const folder = await tempFolder();
  const program = join(folder, 'nvidia-smi');
  // Its helper keeps the output open for a while after the end.
  await writeFile(program, "#!/bin/sh\ntrap '' TERM\nsleep 3 &\nwait\n");
  await chmod(program, 0o755);

  const found = await findCards({ searchPath: `${folder}:/usr/bin:/bin`, signal, patienceMs: 100 });

  expect(found).toEqual({ cards: [], problem: expect.stringMatching(/it took longer than 0\.1 s\.$/) });
});
