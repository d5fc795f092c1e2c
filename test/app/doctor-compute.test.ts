import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { computeChecks } from '../../src/app/doctor-compute.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { loadTestConfig } from '../support/test-config.ts';
import { startVast } from '../support/vast/start-vast.ts';

const { signal } = new AbortController();

async function lookAt(port: string, environment: Record<string, string>, searchPath = '/nowhere') {
  const checks = computeChecks({ settings: { config: loadTestConfig(environment) } }, { searchPath });
  return await checks.find((check) => check.port === port)?.look(signal);
}

const reachable = { KAGGLE_AGENT_PUBLIC_URL: 'https://agent.example.org' };

test('without keys only this machine trains, and doctor says what would rent one', async () => {
  expect(await lookAt('compute', {})).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('this machine, 2 runs at a time, $0.00'),
  });
  expect(await lookAt('vast', {})).toMatchObject({
    status: 'off',
    next: expect.stringContaining('VAST_API_KEY'),
  });
  expect(await lookAt('saladcloud', {})).toMatchObject({ status: 'off' });
});

test('doctor tells cards, why one is not used, and in what scripts are kept', async () => {
  const folder = await tempFolder();
  const program = join(folder, 'nvidia-smi');
  const tell = async (lines: string) => {
    await writeFile(program, `#!/bin/sh\n${lines}\n`);
    await chmod(program, 0o755);
    return await lookAt('compute', {}, `${folder}:/usr/bin:/bin`);
  };

  expect(await tell("echo '0, GPU-5c9e7f0a-8a44-0a6d, Tesla T4, 15360'")).toMatchObject({
    status: 'ok',
    message: expect.stringMatching(
      /\d+ cores, \d+ GB; graphics cards: Tesla T4 \(15 GB\); scripts in the process sandbox/,
    ),
  });
  expect(
    await tell("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18"),
  ).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('version mismatch'),
  });
  const data = { KAGGLE_AGENT_DATA: await tempFolder(), KAGGLE_AGENT_DOCKER: '/nowhere/docker' };
  const image = { KAGGLE_AGENT_LOCAL_IMAGE: 'train:1' };
  expect(await lookAt('compute', { ...data, ...image })).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('the process sandbox: there is no docker program'),
  });
  expect(
    await lookAt('compute', { ...data, ...image, KAGGLE_AGENT_LOCAL_ISOLATION: 'docker' }),
  ).toMatchObject({ status: 'error', message: expect.stringContaining('nothing can be trained here') });
  expect(() => loadTestConfig({ KAGGLE_AGENT_LOCAL_ISOLATION: 'docker' })).toThrow(
    'KAGGLE_AGENT_LOCAL_IMAGE',
  );
});

test('doctor tells the balance and the caps, and asks for a small prepaid one', async () => {
  const vast = await startVast({ creditUsd: 4.5 });

  const finding = await lookAt('vast', { VAST_API_KEY: vast.apiKey, VAST_API_URL: vast.url, ...reachable });

  expect(finding).toMatchObject({
    status: 'ok',
    next: expect.stringContaining('without automatic recharge'),
  });
  expect(finding?.message).toBe(
    'Vast.ai, $4.50 left; at most 2 machines, $0.15 an hour, $3.60 a day, $20.00 a competition',
  );
  expect(vast.machines).toEqual([]);
});

test('doctor warns where the balance is low, and where machines could not reach the objects', async () => {
  const vast = await startVast({ creditUsd: 0.2 });
  const keys = { VAST_API_KEY: vast.apiKey, VAST_API_URL: vast.url };

  expect(await lookAt('vast', { ...keys, ...reachable })).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('Only $0.20 is left'),
  });
  expect(await lookAt('vast', keys)).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('cannot reach the objects'),
    next: expect.stringContaining('S3_BUCKET'),
  });
});

test('a refused key is an error that says where to look', async () => {
  const vast = await startVast();

  expect(await lookAt('vast', { VAST_API_KEY: 'wrong', VAST_API_URL: vast.url, ...reachable })).toMatchObject(
    {
      status: 'error',
      next: expect.stringContaining('docs/how-to/gpus.md'),
    },
  );
});
