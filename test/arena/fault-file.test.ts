import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFaultFile } from '../../src/arena/fault-file.ts';
import { aFolder, anArena, call, competitionName } from './support.ts';

async function aFile(content: unknown): Promise<string> {
  const path = join(await aFolder(), 'faults.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('a file of faults says which calls fail, how often and how', async () => {
  const path = await aFile({
    seed: 'seven',
    latencyMs: 1,
    downloadRateLimit: { calls: 1, windowSeconds: 60, retryAfter: 'none' },
    rules: [
      { method: 'ListSubmissions', times: 'always', action: { kind: 'answer', status: 500 } },
      { method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } },
      { method: '*', times: 'always', share: 0.5, action: { kind: 'delay', ms: 1 } },
    ],
  });

  const { rules, seed, latencyMs, downloadRateLimit } = await readFaultFile(path);
  const limited = downloadRateLimit === undefined ? {} : { downloadRateLimit };
  const arena = await anArena({
    faults: rules,
    faultSeed: seed ?? '',
    behaviour: { latencyMs: latencyMs ?? 0 },
    ...limited,
  });
  for (let index = 0; index < 3; index += 1) {
    expect((await call(arena, 'ListSubmissions', { competitionName })).status).toBe(500);
  }
  expect((await call(arena, 'DownloadDataFiles', { competitionName })).status).toBe(302);
  const second = await call(arena, 'DownloadDataFiles', { competitionName });
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, null]);
});

test('a share of the calls is hit by a seeded lot', async () => {
  const outcomes = async (faultSeed: string) => {
    const action = { kind: 'answer', status: 503 } as const;
    const arena = await anArena({
      faultSeed,
      faults: [{ method: '*', times: 'always', share: 0.5, action }],
    });
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      statuses.push((await call(arena, 'GetLeaderboard', { competitionName })).status);
    }
    return statuses;
  };

  const first = await outcomes('one');
  expect(new Set(first)).toEqual(new Set([200, 503]));
  expect(await outcomes('one')).toEqual(first);
});

test.each([
  ['is no JSON', '{', 'no valid JSON'],
  ['has an unknown kind', { rules: [{ method: '*', action: { kind: 'explode' } }] }, 'rules.0.action'],
  ['has a misspelt field', { rulez: [] }, 'rulez'],
])('a file of faults that %s is refused in one sentence', async (_, content, words) => {
  await expect(readFaultFile(await aFile(content))).rejects.toMatchObject({
    code: 'arena.bad_faults',
    message: expect.stringContaining(words),
  });
});

test('a file of faults that is not there is refused', async () => {
  await expect(readFaultFile(join(await aFolder(), 'none.json'))).rejects.toMatchObject({
    code: 'arena.bad_faults',
  });
});
