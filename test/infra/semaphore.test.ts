import { expect, test } from 'vitest';
import { createLocalSemaphore } from '../../src/infra/semaphore.ts';

const neverAborted = new AbortController().signal;

test('no more holders than places, and those who wait come in their order', async () => {
  const semaphore = createLocalSemaphore(2);
  let holders = 0;
  let most = 0;
  const order: number[] = [];

  await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async (number) => {
      const release = await semaphore.acquire(neverAborted);
      order.push(number);
      holders += 1;
      most = Math.max(most, holders);
      await new Promise((resolve) => setImmediate(resolve));
      holders -= 1;
      await release();
    }),
  );

  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5, 6]);
});

test('releasing twice gives one place back, not two', async () => {
  const semaphore = createLocalSemaphore(1);
  const release = await semaphore.acquire(neverAborted);
  await release();
  await release();
  await semaphore.acquire(neverAborted);

  await expect(semaphore.acquire(AbortSignal.timeout(20))).rejects.toThrow();
});

test('one who gives up waiting takes no place with it', async () => {
  const semaphore = createLocalSemaphore(1);
  const release = await semaphore.acquire(neverAborted);
  const controller = new AbortController();
  const waiting = semaphore.acquire(controller.signal);

  controller.abort(new Error('enough'));

  await expect(waiting).rejects.toThrow('enough');
  await release();
  await expect(semaphore.acquire(neverAborted)).resolves.toBeTypeOf('function');
});

test('an aborted caller is turned away before it takes a place', async () => {
  const semaphore = createLocalSemaphore(1);

  await expect(semaphore.acquire(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  await expect(semaphore.acquire(neverAborted)).resolves.toBeTypeOf('function');
});
