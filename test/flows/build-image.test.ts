import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { buildImage } from '../../src/flows/codegen/build-image.ts';
import { createDockerImages } from '../../src/providers/image/docker.ts';
import { getCode } from '../../src/state/code.ts';
import { aTrainingJob } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aDocker } from '../support/docker/docker-stub.ts';
import { runnerPath } from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function prepared(changes: Parameters<typeof aDocker>[0] = {}) {
  const { state, pool } = await freshState();
  const docker = await aDocker(changes);
  const images = createDockerImages({
    program: docker.program,
    host: null,
    searchPath: '/usr/bin:/bin',
    bases: { cpu: 'python:{python}-slim', gpu: 'pytorch/pytorch:2.9.1' },
    pythonVersion: '3.12.1',
    repository: 'registry.test/agent',
    login: null,
    runnerFolder: dirname(runnerPath),
    scratchFolder: await tempFolder(),
  });
  const ctx = await aContext({ state, images });
  const { codeId } = await aTrainingJob({ state, pool });
  const code = await getCode(state, codeId);
  if (code === null) throw new Error('the script is gone');
  return { ctx, code, imageNow: async () => (await getCode(state, codeId))?.image };
}

test("the image of a script's requirements is kept with the script", async () => {
  const { ctx, code, imageNow } = await prepared();

  await buildImage(ctx, code, 'numpy==2.1.0\n');

  expect(await imageNow()).toMatchObject({
    status: 'built',
    reference: expect.stringMatching(/^registry\.test\/agent@sha256:/),
  });
});

test('where it cannot be built the generic image is used, and the script says why', async () => {
  const { ctx, code, imageNow } = await prepared({
    faults: { build: 'No matching distribution for numpy==99' },
  });

  await buildImage(ctx, code, 'numpy==99\n');

  expect(await imageNow()).toEqual({ status: 'generic', reason: expect.stringContaining('numpy==99') });
});

test('without a registry nothing is built and nothing recorded', async () => {
  const { ctx, code, imageNow } = await prepared();

  await buildImage({ ...ctx, images: null }, code, 'numpy==2.1.0\n');

  expect(await imageNow()).toBeNull();
});
