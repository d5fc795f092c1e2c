import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { TransientFailure } from '../../src/domain/errors.ts';
import { freshState } from '../support/database.ts';
import {
  aHealth,
  anOpsServer,
  figuresOf,
  parseScrape,
  sampleOf,
  someMetrics,
  someQueues,
} from './ops-kit.ts';

const patience = { timeout: 20_000, interval: 50 };

test('a scrape names each metric once, with a help text, a type and one unit', async () => {
  const metrics = someMetrics();
  const text = await metrics.render();

  const own = metrics.list.map(({ name }) => name);
  expect(new Set(own).size).toBe(own.length);
  for (const { name, type, help } of metrics.list) {
    expect(name).toMatch(/^kaggle_agent_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help.length).toBeGreaterThan(10);
    expect(text).toContain(`# TYPE ${name} ${type}\n`);
    expect(text.split(`# HELP ${name} `).length).toBe(2);
  }
  // Times are in seconds, money in dollars, sizes in bytes.
  expect(own.filter((name) => /_(ms|milliseconds|minutes|usd|mb|kb)(_|$)/.test(name))).toEqual([]);
  expect(parseScrape(text).types.get('nodejs_eventloop_lag_seconds')).toBe('gauge');
});

test('runs are counted by how they ended, and their time is kept', async () => {
  const metrics = someMetrics();
  metrics.observeRun({ job: 'gpu.train', outcome: 'done', seconds: 2, failure: null });
  metrics.observeRun({ job: 'gpu.train', outcome: 'not done', seconds: 1, failure: null });
  metrics.observeRun({ job: 'gpu.train', outcome: 'not done', seconds: 1, failure: { kind: 'business' } });
  const text = await metrics.render();

  const runs = (outcome: string) =>
    sampleOf(text, 'kaggle_agent_stage_runs_total', { stage: 'gpu.train', outcome });
  expect([runs('done'), runs('waiting'), runs('failed')]).toEqual([1, 1, 1]);
  expect(sampleOf(text, 'kaggle_agent_stage_run_duration_seconds_sum', { stage: 'gpu.train' })).toBe(4);
  const failed = { stage: 'gpu.train', kind: 'business' };
  expect(sampleOf(text, 'kaggle_agent_stage_run_failures_total', failed)).toBe(1);
});

test('vendor calls are counted by outcome; what the breaker refused took no time at the vendor', async () => {
  const metrics = someMetrics();
  const call = { vendor: 'kaggle', name: 'submit', durationMs: 500 } as const;
  metrics.observeCall({ ...call, outcome: 'ok', code: null });
  metrics.observeCall({ ...call, outcome: 'failed', code: 'kaggle.busy' });
  metrics.observeCall({ ...call, outcome: 'failed', code: 'kaggle.unavailable' });
  let state: 'closed' | 'open' = 'open';
  metrics.watchBreaker('kaggle', () => state);

  const text = await metrics.render();
  state = 'closed';
  const later = await metrics.render();

  const calls = (outcome: string) =>
    sampleOf(text, 'kaggle_agent_vendor_calls_total', { vendor: 'kaggle', method: 'submit', outcome });
  expect([calls('ok'), calls('failed'), calls('refused')]).toEqual([1, 1, 1]);
  const labels = { vendor: 'kaggle', method: 'submit' };
  expect(sampleOf(text, 'kaggle_agent_vendor_call_duration_seconds_count', labels)).toBe(2);
  expect(sampleOf(text, 'kaggle_agent_vendor_call_duration_seconds_sum', labels)).toBe(1);
  const open = { vendor: 'kaggle', state: 'open' };
  expect(sampleOf(text, 'kaggle_agent_vendor_breaker', open)).toBe(1);
  expect(sampleOf(later, 'kaggle_agent_vendor_breaker', open)).toBe(0);
});

test('health is 1 or 0, unknown is nothing, and a closed module says why', async () => {
  const metrics = someMetrics();
  metrics.watchHealth(() => [
    aHealth('state'),
    aHealth('kaggle', { failures: 3, priority: 'medium' }),
    aHealth('research', {
      kind: 'module',
      priority: 'medium',
      closed: { reason: 'safe_mode', message: 'Set KAGGLE_API_TOKEN.' },
    }),
    aHealth('queue', { failures: 1 }),
  ]);
  const text = await metrics.render();

  const healthy = (name: string, priority: string) =>
    sampleOf(text, 'kaggle_agent_healthy', { kind: 'service', name, priority });
  expect([healthy('state', 'critical'), healthy('kaggle', 'medium')]).toEqual([1, 0]);
  expect(healthy('queue', 'critical')).toBeUndefined();
  expect(sampleOf(text, 'kaggle_agent_module_closed', { name: 'research', reason: 'safe_mode' })).toBe(1);
  expect(text).not.toContain('KAGGLE_API_TOKEN');
});

test('a database that fails or hangs leaves its numbers out, and the scrape goes on', async () => {
  const metrics = someMetrics({ freshMs: 0, deadlineMs: 300 });
  const { state } = await freshState();
  let mode: 'fine' | 'fails' | 'hangs' = 'fine';
  let asked = 0;
  const hanging = new AbortController();
  metrics.watchFigures(async () => {
    asked += 1;
    if (mode === 'fails') throw new TransientFailure('away', { code: 'state.unreachable' });
    if (mode === 'hangs') await wait(60_000, undefined, { signal: hanging.signal });
    return await figuresOf(state);
  });
  metrics.watchQueues(() => Promise.reject(new Error('away')));

  // A slow machine may miss the deadline once.
  const fine = await vi.waitFor(async () => {
    const text = await metrics.render();
    expect(sampleOf(text, 'kaggle_agent_database_up')).toBe(1);
    return text;
  }, patience);
  expect(sampleOf(fine, 'kaggle_agent_queue_up')).toBe(0);
  expect(sampleOf(fine, 'kaggle_agent_outbox_events')).toBe(0);

  mode = 'fails';
  const failed = await metrics.render();
  expect(sampleOf(failed, 'kaggle_agent_database_up')).toBe(0);
  expect(sampleOf(failed, 'kaggle_agent_outbox_events')).toBeUndefined();
  expect(failed).not.toContain('\nkaggle_agent_competitions');

  mode = 'hangs';
  const before = asked;
  const texts = await Promise.all([metrics.render(), metrics.render()]);
  texts.push(await metrics.render());
  expect(texts.map((text) => sampleOf(text, 'kaggle_agent_database_up'))).toEqual([0, 0, 0]);
  // One attempt hangs, not one a scrape.
  expect(asked).toBe(before + 1);
  hanging.abort();
});

test('several scrapers share a reading', async () => {
  const metrics = someMetrics({ freshMs: 60_000 });
  let asked = 0;
  metrics.watchQueues(async () => {
    asked += 1;
    return { gpu: { waiting: asked } };
  });

  await Promise.all([metrics.render(), metrics.render()]);
  const text = await metrics.render();

  expect(asked).toBe(1);
  expect(sampleOf(text, 'kaggle_agent_queue_jobs', { queue: 'gpu', state: 'waiting' })).toBe(1);
});

test('labels are escaped, whatever they are', async () => {
  const metrics = someMetrics();
  metrics.observeCall({ vendor: 'odd"\\\nvendor', name: 'x', outcome: 'ok', code: null, durationMs: 1 });

  const { samples } = parseScrape(await metrics.render());

  const found = samples.find(({ name }) => name === 'kaggle_agent_vendor_calls_total');
  expect(found?.labels.vendor).toBe('odd\\"\\\\\\nvendor');
});

test('a scrape over HTTP tells of queues, pools and disk', async () => {
  const { db, queues } = await someQueues();
  await queues.add('gpu', 'gpu.train', {}, { jobId: 'one' });
  const metrics = someMetrics();
  metrics.watchFigures(() => figuresOf(db.state));
  metrics.watchPool('state', db.pool);
  metrics.watchFolder(import.meta.dirname);
  const { url } = await anOpsServer({ metrics, queues });

  const response = await fetch(`${url}/metrics`);
  const text = await response.text();

  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(sampleOf(text, 'kaggle_agent_queue_up')).toBe(1);
  expect(sampleOf(text, 'kaggle_agent_queue_jobs', { queue: 'gpu', state: 'waiting' })).toBe(1);
  expect(sampleOf(text, 'kaggle_agent_pool_waiting', { pool: 'state' })).toBe(0);
  expect(sampleOf(text, 'kaggle_agent_pool_connections', { pool: 'state', state: 'idle' })).toBeGreaterThan(
    0,
  );
  expect(sampleOf(text, 'kaggle_agent_data_folder_free_bytes')).toBeGreaterThan(0);
  const info = { version: '1.2.3', node_version: process.version };
  expect(sampleOf(text, 'kaggle_agent_build_info', info)).toBe(1);
});
