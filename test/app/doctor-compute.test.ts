import { expect, test } from 'vitest';
import { computeChecks } from '../../src/app/doctor-compute.ts';
import { loadTestConfig } from '../support/test-config.ts';
import { startVast } from '../support/vast/start-vast.ts';

const { signal } = new AbortController();

async function lookAt(port: string, environment: Record<string, string>) {
  const checks = computeChecks({ settings: { config: loadTestConfig(environment) } });
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

test('doctor tells the balance and the caps, and asks for a small prepaid one', async () => {
  const vast = await startVast({ creditUsd: 4.5 });

  const finding = await lookAt('vast', { VAST_API_KEY: vast.apiKey, VAST_API_URL: vast.url, ...reachable });

  expect(finding).toMatchObject({
    status: 'ok',
    next: expect.stringContaining('without automatic recharge'),
  });
  expect(finding?.message).toBe(
    'Vast.ai, $4.50 left; at most 2 machines, $0.15 an hour, $3.6 a day, $20 a competition',
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
