import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { trainingImageSchema } from '../../../src/domain/training-image.ts';
import { createDockerImages, type DockerImagesOptions } from '../../../src/providers/image/docker.ts';
import { aDocker } from '../../support/docker/docker-stub.ts';
import { runnerPath } from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const signal = AbortSignal.timeout(120_000);
const repository = 'registry.test:5000/somebody/agent';
const password = 'a password that nobody shall see';
const login = { user: 'somebody', password: { reveal: () => password } };
const registryLogin = { host: 'registry.test:5000', user: 'somebody', password };
const requirements = 'numpy==2.1.0\npandas==2.2.3\n';

async function images(program: string, options: Partial<DockerImagesOptions> = {}) {
  const scratchFolder = await tempFolder();
  const builder = createDockerImages({
    program,
    host: null,
    searchPath: '/usr/bin:/bin',
    bases: { cpu: 'python:{python}-slim', gpu: 'pytorch/pytorch:2.9.1' },
    pythonVersion: '3.11.2',
    repository,
    login: null,
    runnerFolder: dirname(runnerPath),
    scratchFolder,
    ...options,
  });
  return { builder, scratchFolder };
}

test('an image is built and pushed once for each set of requirements, and named by its digest', async () => {
  const docker = await aDocker({ login: registryLogin });
  const { builder, scratchFolder } = await images(docker.program, { login });

  const first = await builder.build(requirements, { signal });
  const again = await builder.build(requirements, { signal });
  const other = await builder.build('numpy==2.2.0\n', { signal });

  expect(trainingImageSchema.parse(first)).toEqual(first);
  expect(first).toMatchObject({ base: 'python:3.11-slim', wasThere: false });
  expect(first.reference).toBe(`${repository}@${first.digest}`);
  expect(again).toMatchObject({ digest: first.digest, wasThere: true });
  expect(other.digest).not.toBe(first.digest);
  expect(Object.keys((await docker.state()).registry)).toHaveLength(2);
  expect(await readdir(scratchFolder)).toEqual([]);
});

test('the same requirements give the same image on a machine that never built it', async () => {
  const [here, there] = [await aDocker(), await aDocker()];

  const [first, second] = await Promise.all(
    [here, there].map(async ({ program }) => (await images(program)).builder.build(requirements, { signal })),
  );

  expect(first?.digest).toBe(second?.digest);
});

test('the password goes by standard input alone, and nothing of our environment goes along', async () => {
  const docker = await aDocker({ login: registryLogin });
  const { builder } = await images(docker.program, { login, host: 'tcp://127.0.0.1:1' });

  await builder.build(requirements, { signal });

  const calls = await docker.calls();
  expect(calls.some(({ args }) => args[0] === 'login')).toBe(true);
  expect(JSON.stringify(calls)).not.toContain(password);
  const names = new Set(calls.flatMap(({ env }) => Object.keys(env)));
  expect([...names].filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort()).toEqual([
    'DOCKER_HOST',
    'HOME',
    'LANG',
    'PATH',
  ]);
});

test('without buildx the daemon builds and pushes', async () => {
  const docker = await aDocker({ hasBuildx: false });
  const { builder } = await images(docker.program);

  const image = await builder.build(`${requirements}torch==2.9.1\n`, { signal });

  expect(image).toMatchObject({ base: 'pytorch/pytorch:2.9.1', wasThere: false });
  expect(Object.values((await docker.state()).registry)).toEqual([image.digest]);
  expect(await builder.check({ signal })).toBe(`${repository}, built with the docker daemon`);
});

test('requirements that do not install are a rule that says no, with the last words of the build', async () => {
  const words = 'ERROR: No matching distribution found for numpy==99\nfailed to solve: exit code: 1';
  const docker = await aDocker({ faults: { build: words } });
  const { builder } = await images(docker.program);

  await expect(builder.build(requirements, { signal })).rejects.toMatchObject({
    kind: 'business',
    code: 'image.build_failed',
    message: expect.stringContaining('numpy==99'),
  });
});

test('a push that the network breaks may work later', async () => {
  const docker = await aDocker({
    faults: { push: 'ERROR: failed to push: write tcp: connection reset by peer' },
  });
  const { builder } = await images(docker.program);

  await expect(builder.build(requirements, { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'image.push_failed',
  });
});

test('a login that is refused, and nothing to build with, are for the operator', async () => {
  const refusing = await aDocker({ login: { ...registryLogin, password: 'another' } });
  const bare = await aDocker({ hasBuildx: false, hasDaemon: false });

  const asked = (await images(refusing.program, { login })).builder.check({ signal });
  await expect(asked).rejects.toMatchObject({ kind: 'configuration', code: 'image.login_refused' });
  const missing = (await images(bare.program)).builder.build(requirements, { signal });
  await expect(missing).rejects.toMatchObject({ code: 'image.no_docker' });
  const absent = (await images('/nowhere/docker')).builder.build(requirements, { signal });
  await expect(absent).rejects.toMatchObject({ kind: 'configuration', code: 'image.no_docker' });
});

test('an aborted build leaves nothing behind', async () => {
  const docker = await aDocker();
  const { builder, scratchFolder } = await images(docker.program);

  await expect(
    builder.build(requirements, { signal: AbortSignal.abort(new Error('stopped')) }),
  ).rejects.toThrow('stopped');

  expect(await readdir(scratchFolder)).toEqual([]);
});
