import { expect, test } from 'vitest';
import { SystemFailure, TransientFailure } from '../../src/domain/errors.ts';
import { crashLoop, groundLoss } from '../../src/domain/ground.ts';

const now = new Date('2026-10-01T12:00:00Z');
const minutesAgo = (minutes: number) => ({
  at: new Date(now.getTime() - minutes * 60_000),
  message: `crash of ${minutes} minutes ago.`,
});

test('a process-wide failure, or a full disk however it shows, is a loss of the ground; nothing else is', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const wrapped = new TransientFailure('later', { code: 'objects.failed', cause: full });
  const own = new SystemFailure('gone', { code: 'state.lost', scope: 'process' });

  for (const error of [full, wrapped, Object.assign(new Error(), { code: '53100' })]) {
    expect(groundLoss(error)).toMatchObject({ code: 'disk.full', scope: 'process' });
  }
  expect(groundLoss(new Error('around it', { cause: own }))).toBe(own);
  for (const error of [null, 'text', new Error('a bug'), new SystemFailure('odd', { code: 'x.y' })]) {
    expect(groundLoss(error)).toBeNull();
  }
});

test('an error that is its own cause is looked at for a while only', () => {
  const error = new Error('round');
  error.cause = error;

  expect(groundLoss(error)).toBeNull();
});

test('three crashes within an hour are too many, two are not, and older ones do not count', () => {
  expect(crashLoop([minutesAgo(61), minutesAgo(50), minutesAgo(1)], now)).toBeNull();
  expect(crashLoop([minutesAgo(59), minutesAgo(50), minutesAgo(1)], now)).toMatchObject({
    code: 'process.crash_loop',
    scope: 'process',
    message: expect.stringMatching(/3 times within an hour .+: crash of 1 minutes ago\.$/),
  });
});
