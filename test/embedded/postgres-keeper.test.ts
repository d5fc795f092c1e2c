import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Failure } from '../../src/domain/errors.ts';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { keepServer, type RunningServer } from '../../src/embedded/postgres-keeper.ts';
import { findLivePostmaster } from '../../src/embedded/postmaster.ts';
import { silentLog } from '../support/silent-log.ts';
import { databaseFolder } from '../support/temp-folder.ts';

const patience = { timeout: 20_000, interval: 20 };

/** Servers that end when the test says so. */
function aKeeper(begin?: (port: number) => Promise<void>) {
  const ends: (() => void)[] = [];
  const stopped: number[] = [];
  const lost: Failure[] = [];
  const aServer = (): RunningServer => {
    const exited = Promise.withResolvers<void>();
    ends.push(exited.resolve);
    return { pid: ends.length, port: 5_432, exited: exited.promise };
  };
  const ports: number[] = [];
  const keeper = keepServer({
    server: aServer(),
    async start(port) {
      ports.push(port);
      await begin?.(port);
      return aServer();
    },
    stop: async (pid) => void stopped.push(pid),
    onLost: (failure) => void lost.push(failure),
    log: silentLog,
  });
  return { keeper, ends, ports, stopped, lost };
}

test('a server that ends is started again on its port, three times within an hour, and then given up', async () => {
  const { keeper, ends, ports, stopped, lost } = aKeeper();
  for (let time = 0; time < 4; time++) {
    await vi.waitFor(() => expect(ends).toHaveLength(time + 1), patience);
    ends[time]?.();
  }

  await vi.waitFor(() => expect(lost).toMatchObject([{ code: 'postgres.keeps_ending' }]), patience);
  expect(ports).toEqual([5_432, 5_432, 5_432]);
  await keeper.stop();
  expect(stopped).toEqual([4]);
});

test('a start that fails is told, as what it is', async () => {
  const { ends, lost } = aKeeper(async () => {
    throw new Error('no room');
  });
  ends[0]?.();

  await vi.waitFor(() => expect(lost).toMatchObject([{ message: 'no room' }]), patience);
});

test('a stop is no loss, and waits for a start that is under way, so that nothing stays behind', async () => {
  const starting = Promise.withResolvers<void>();
  const { keeper, ends, ports, stopped, lost } = aKeeper(() => starting.promise);
  ends[0]?.();
  await vi.waitFor(() => expect(ports).toHaveLength(1), patience);

  const stopping = keeper.stop();
  expect(stopped).toEqual([]);
  starting.resolve();
  await stopping;

  expect([stopped, lost]).toEqual([[2], []]);
});

test('a real server that is killed comes back on its port with what was committed', async () => {
  const dataFolder = await databaseFolder();
  const lost: Failure[] = [];
  const server = await startEmbeddedPostgres({
    dataFolder,
    log: silentLog,
    signal: AbortSignal.timeout(60_000),
    onLost: (failure) => void lost.push(failure),
  });
  onTestFinished(() => server.stop());
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 1 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  onTestFinished(() => pool.end());
  await pool.query('create table kept as select 1 as one');
  const cluster = `${dataFolder}/postgres/cluster`;
  const before = await findLivePostmaster(cluster);

  process.kill(before?.pid ?? 0, 'SIGKILL');

  await vi.waitFor(async () => {
    const now = await findLivePostmaster(cluster);
    expect([now?.isReady, now?.pid === before?.pid]).toEqual([true, false]);
  }, patience);
  await vi.waitFor(
    async () => expect((await pool.query('select one from kept')).rows).toEqual([{ one: 1 }]),
    patience,
  );
  expect(lost).toEqual([]);
}, 60_000);
