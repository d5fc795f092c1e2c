import { expect, test } from 'vitest';
import { withCachedList } from '../../../src/providers/compute/cached-list.ts';
import type { ComputeProvider } from '../../../src/providers/compute/contract.ts';
import { aStartSpec } from '../../support/compute.ts';
import { createInProcessCompute } from '../../support/in-process-compute.ts';

const signal = new AbortController().signal;

function aCached() {
  let asked = 0;
  let answer: () => ReturnType<ComputeProvider['list']> = async () => [];
  let time = 0;
  const inner: ComputeProvider = {
    ...createInProcessCompute({ work: () => ({ files: {} }) }),
    list: () => {
      asked += 1;
      return answer();
    },
    start: async ({ key }) => ({ instanceId: key, startedAt: new Date() }),
  };
  const cached = withCachedList(inner, { maxAgeMs: 1_000, now: () => new Date(time) });
  return {
    cached,
    asked: () => asked,
    pass: (ms: number) => {
      time += ms;
    },
    answers: (next: typeof answer) => {
      answer = next;
    },
  };
}

test('a list is asked for once in a while, and anew where it must be fresh or the clock was set back', async () => {
  const { cached, asked, pass } = aCached();
  await cached.list({ signal });
  await cached.list({ signal });
  expect(asked()).toBe(1);
  await cached.list({ signal, isFresh: true });
  expect(asked()).toBe(2);
  pass(1_001);
  await cached.list({ signal });
  expect(asked()).toBe(3);
  pass(-60_000);
  await cached.list({ signal });
  expect(asked()).toBe(4);
});

test('what starts or ends a machine makes the list old, also one that is under way', async () => {
  const { cached, asked, answers } = aCached();
  const spec = aStartSpec({ key: 'k', jobSheetUrl: 'http://127.0.0.1:9/sheet' });
  await cached.list({ signal });
  await cached.start(spec, { signal });
  await cached.list({ signal });
  expect(asked()).toBe(2);
  const held = Promise.withResolvers<[]>();
  await cached.stop('k', { signal });
  answers(() => held.promise);
  const listing = cached.list({ signal });
  await cached.stop('k', { signal });
  held.resolve([]);
  await listing;
  await cached.list({ signal });
  expect(asked()).toBe(4);
});

test('a list that failed is asked for again', async () => {
  const { cached, asked, answers } = aCached();
  answers(() => Promise.reject(new Error('no list')));
  await expect(cached.list({ signal })).rejects.toThrow('no list');
  answers(async () => []);
  expect(await cached.list({ signal })).toEqual([]);
  expect(asked()).toBe(2);
});
