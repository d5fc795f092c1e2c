import { expect, test } from 'vitest';
import { createVastPace, vastGapsMs } from '../../../src/providers/compute/vast-pace.ts';
import { aGpuJob, vastAt, within } from '../../support/vast/a-vast.ts';
import { startVast } from '../../support/vast/start-vast.ts';

test('calls of one kind keep their distance, and others do not wait for them', async () => {
  const pace = createVastPace({ random: () => 0, scale: 0.02 });
  const { signal } = within();
  const beganMs = performance.now();

  await Promise.all([pace.turn('list', signal), pace.turn('list', signal), pace.turn('user', signal)]);

  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(vastGapsMs.list * 0.02);
  await pace.turn('charges', AbortSignal.timeout(1));
});

test('many who call at once are all answered', async () => {
  const emulator = await startVast({ gapScale: 0.005 });
  const vast = vastAt(emulator, { paceScale: 0.01 });

  const answers = await Promise.all([
    vast.list(within()),
    vast.list(within()),
    vast.offers(aGpuJob(), within()),
  ]);

  expect(answers.map((answer) => answer.length)).toEqual([0, 0, 4]);
});

test('where another process was faster, the call is made again', async () => {
  const emulator = await startVast({ gapScale: 0.01 });
  const vast = vastAt(emulator, { paceScale: 0.02 });
  await vastAt(emulator).list(within());

  await vast.list(within());

  expect(emulator.records.of('request')).toHaveLength(2);
});

test('a turn that is not worth waiting for is given up', async () => {
  const pace = createVastPace({ random: () => 0 });
  await pace.turn('search', AbortSignal.timeout(5_000));
  const stop = new AbortController();

  const turn = pace.turn('search', stop.signal);
  stop.abort(new Error('enough'));

  await expect(turn).rejects.toThrow('enough');
  expect(vastGapsMs.search).toBe(6_000);
});
