import { expect, test } from 'vitest';
import { createLocalLocks } from '../../src/infra/lock.ts';

const neverAborted = new AbortController().signal;

test('one holder of a name at a time, and others of other names beside it', async () => {
  const locks = createLocalLocks();
  const first = await locks.hold('data-1', neverAborted);
  await locks.hold('data-2', neverAborted);
  const order: string[] = [];
  const second = locks.hold('data-1', neverAborted).then((held) => {
    order.push('second');
    return held;
  });

  order.push('first');
  await first.release();
  await first.release();
  await (await second).release();

  expect(order).toEqual(['first', 'second']);
  expect(first.lost.aborted).toBe(false);
});

test('who stops waiting for a lock does not stand in the way of the next', async () => {
  const locks = createLocalLocks();
  const first = await locks.hold('data', neverAborted);
  await expect(locks.hold('data', AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' });
  const third = locks.hold('data', neverAborted);

  await first.release();

  await expect(third).resolves.toMatchObject({ lost: { aborted: false } });
});
