import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { attachEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { processesWith } from '../support/runner-kit.ts';
import { portSettings, startAgent } from './agent-process.ts';
import type { History } from './invariants.ts';
import { violationsOf } from './invariants.ts';
import { readHistory } from './read-history.ts';

const settlesWithinMs = 60_000;

/** The database of an agent that runs. */
export async function databaseOf(dataFolder: string): Promise<string> {
  const connectionString = await attachEmbeddedPostgres(dataFolder).catch(() => null);
  if (connectionString === null) throw new Error(`no database runs in ${dataFolder}`);
  return connectionString;
}

/**
 * Starts the agent once more without work, waits until nothing is left to do, and holds everything that it left
 * against the invariants. Nothing of it runs afterwards.
 */
export async function expectWholeHistory(
  dataFolder: string,
  options: { env?: Readonly<Record<string, string>>; arenaFolder?: string } = {},
): Promise<History> {
  const agent = startAgent(['up', '--data', dataFolder], {
    env: { ...(await portSettings()), ...options.env },
  });
  const history = await settledHistory(dataFolder, options.arenaFolder);
  agent.signal('SIGINT');
  const { code, stderr } = await agent.ended;
  expect([code, stderr]).toEqual([
    130,
    expect.stringMatching(/^(run +stopping.+\n)?Stopped; nothing is lost\.\n$/),
  ]);
  await expectNoProcess(dataFolder);
  return history;
}

/** Waits until the history of a running agent holds every invariant, the arrival of its last events included. */
export async function settledHistory(dataFolder: string, arenaFolder?: string): Promise<History> {
  return await vi.waitFor(
    async () => {
      const history = await readHistory({
        connectionString: await databaseOf(dataFolder),
        dataFolder,
        ...(arenaFolder === undefined ? {} : { arenaFolder }),
      });
      expect(violationsOf(history)).toEqual([]);
      return history;
    },
    { timeout: settlesWithinMs, interval: 500 },
  );
}

/** No database, no runner and no script of this data folder is left. */
export async function expectNoProcess(dataFolder: string): Promise<void> {
  // Elsewhere no other user's processes, and no command lines, can be read as simply.
  if (process.platform !== 'linux') return;
  await vi.waitFor(async () => expect(await processesWith(dataFolder)).toEqual([]), {
    timeout: 10_000,
    interval: 200,
  });
}

/** Script, bundle, out-of-fold predictions and submission of each round lie where people are told to look. */
export async function expectArtifacts(dataFolder: string, slug: string, rounds: number): Promise<void> {
  const folder = join(dataFolder, 'objects/files/competitions', slug, 'rounds');
  const files = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
  for (const pattern of [
    /^1\/[^/]+\/train\.py$/,
    /bundle\.tar\.gz$/,
    /oof\.csv$/,
    /^1\/submissions\/.+\.csv$/,
    new RegExp(`^${rounds}/[^/]+/train\\.py$`),
  ]) {
    expect(files).toContainEqual(expect.stringMatching(pattern));
  }
}
