import { expect, test } from 'vitest';
import { lookAtTracking, openTracker } from '../../src/app/tracking.ts';
import { asFailure } from '../../src/domain/errors.ts';
import { loadTestConfig } from '../support/test-config.ts';
import { startWandb } from '../support/wandb/start-wandb.ts';

const { signal } = new AbortController();

test('without a key doctor says where the metrics are, and how to see them elsewhere', async () => {
  expect(await lookAtTracking(loadTestConfig({}), signal)).toMatchObject({
    status: 'off',
    next: expect.stringContaining('WANDB_API_KEY'),
  });
});

test('doctor says whose the key is and where runs go', async () => {
  const wandb = await startWandb();
  const config = loadTestConfig({ WANDB_API_KEY: wandb.apiKey, WANDB_BASE_URL: wandb.url });

  expect(await lookAtTracking(config, signal)).toMatchObject({
    status: 'ok',
    message: 'Weights & Biases as somebody, runs in somebodys-team/kaggle-agent',
  });
});

test('a wrong key is an error in doctor and in the health checks, which says what to set', async () => {
  const wandb = await startWandb();
  const config = loadTestConfig({ WANDB_API_KEY: 'w'.repeat(40), WANDB_BASE_URL: wandb.url });
  const opened = openTracker({ config, metrics: null, version: '1' });

  const finding = await lookAtTracking(config, signal);
  await opened?.tracker.whoAmI({ signal }).catch(asFailure);

  expect(finding).toMatchObject({ status: 'error', next: expect.stringContaining('WANDB_API_KEY') });
  expect(JSON.stringify(finding)).not.toContain('wwww');
  await expect(opened?.check.check(signal)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'wandb.refused',
  });
});
