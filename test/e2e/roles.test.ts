import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { freshDatabase, rowsOf } from '../support/database.ts';
import { findRedisServer, startRedis } from '../support/redis.ts';
import {
  type AgentProcess,
  aFolder,
  freePorts,
  portSettings,
  python,
  runAgent,
  startAgent,
} from './agent-process.ts';
import { created, violationsOf } from './invariants.ts';
import { readHistory } from './read-history.ts';

const redisServer = findRedisServer();
const slug = 'wine-cultivars';
const patience = { timeout: 240_000, interval: 250 };
const often = { ...patience, interval: 50 };

const overviews = z.object({ competitions: z.array(z.object({ slug: z.string(), state: z.string() })) });

/** Settings with which processes on this machine share one installation. */
async function anInstallation() {
  const [dataFolder, database] = [await aFolder(), await freshDatabase({ empty: true })];
  const redis = await startRedis(redisServer ?? '');
  const env = {
    ...(await portSettings()),
    DATABASE_URL: database.connectionString,
    REDIS_URL: redis.url,
    KAGGLE_AGENT_DATA: dataFolder,
    KAGGLE_AGENT_APPROACHES_PER_ROUND: '1',
  };
  const start = async (args: readonly string[], terminal = false): Promise<AgentProcess> => {
    const [port = 0] = await freePorts(1);
    return startAgent(args, { env: { ...env, PORT: String(port) }, terminal });
  };
  const up = async (role: string, terminal = false): Promise<AgentProcess> => {
    const agent = await start(['up', '--role', role], terminal);
    await vi.waitFor(() => expect(agent.stdout()).toContain('is ready'), patience);
    return agent;
  };
  const states = async (): Promise<Record<string, string>> => {
    const { stdout } = await runAgent(['list', '--json'], { env });
    return Object.fromEntries(
      overviews.parse(JSON.parse(stdout)).competitions.map((one) => [one.slug, one.state]),
    );
  };
  /** From the database: a command takes longer than some states last, and asking for it again and again is work. */
  const statesNow = () =>
    rowsOf(database.connectionString, `select state from competitions where slug = '${slug}'`);
  return { statesNow, dataFolder, database, redis, env, start, up, states };
}

test.skipIf(python === null || redisServer === null)(
  'roles in processes of their own share one run, while workers come and go and Redis loses everything',
  async () => {
    const place = await anInstallation();
    const arena = await place.start(['arena', 'serve', '--json']);
    await vi.waitFor(() => expect(arena.stdout()).toContain('apiUrl'), patience);
    // The first start brings the database up to date; the others find it so.
    const bot = await place.up('bot', true);
    const [scheduler, first, second] = await Promise.all([
      place.up('scheduler,ops'),
      place.up('worker'),
      place.up('worker'),
    ]);

    bot.type(`/kaggle start ${slug} rounds=1\r`);
    await vi.waitFor(() => expect(bot.stdout()).toContain(`Started ${slug}`), patience);
    await vi.waitFor(async () => expect(await place.statesNow()).toEqual([{ state: 'training' }]), often);
    first.signal('SIGTERM');
    expect(await first.ended).toMatchObject({
      code: 143,
      stderr: expect.stringContaining('nothing is lost'),
    });
    second.signal('SIGKILL');
    await place.redis.stop();
    const again = await startRedis(redisServer ?? '', Number(new URL(place.redis.url).port));
    onTestFinished(() => again.stop());
    const third = await place.up('worker');

    await vi.waitFor(async () => expect(await place.statesNow()).toEqual([{ state: 'completed' }]), patience);
    expect(await place.states()).toEqual({ [slug]: 'completed' });
    await vi.waitFor(() => expect(bot.stdout()).toMatch(/wine-cultivars finished/), patience);
    const history = await vi.waitFor(async () => {
      const read = await readHistory({ ...place.database, dataFolder: place.dataFolder });
      expect(violationsOf(read)).toEqual([]);
      return read;
    }, patience);
    expect(created(history.journal)).toHaveLength(1);
    for (const agent of [third, scheduler]) agent.signal('SIGTERM');
    bot.type('\u0003');
    expect(await Promise.all([third, scheduler, bot].map(async ({ ended }) => (await ended).code))).toEqual([
      143, 143, 130,
    ]);
  },
);

test('what several processes need is named at once, with exit 3', async () => {
  const { code, stderr } = await runAgent(['up', '--role', 'worker', '--data', await aFolder()]);
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/REDIS_URL: is needed[\s\S]*DATABASE_URL: is needed/),
  ]);
  const unknown = await runAgent(['up', '--role', 'wrker', '--data', await aFolder()]);
  expect([unknown.code, unknown.stderr]).toEqual([
    3,
    expect.stringContaining('some of bot, worker, scheduler, ops'),
  ]);
});
