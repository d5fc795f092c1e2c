import { access, constants, statfs } from 'node:fs/promises';
import { listCompetitions } from '../arena/catalog.ts';
import type { Commands, DoctorCheck } from '../cli/commands.ts';
import { asFailure } from '../domain/errors.ts';
import { findPython } from '../infra/python.ts';
import { connectRedis } from '../infra/redis.ts';
import { placesIn } from './data-folder.ts';
import { attachDatabase } from './database.ts';
import { type Check, chatChecks, type Finding, off, ok } from './doctor-chats.ts';
import { readKaggleAccount } from './kaggle-account.ts';
import type { Session } from './session.ts';
import { shippedFolder } from './shipped.ts';
import { projectRoot } from './version.ts';

const checkTimeoutMs = 10_000;
const littleDiskBytes = 2_000_000_000;
const gigabyte = 1_000_000_000;

const order: Record<DoctorCheck['status'], number> = { error: 0, warn: 1, ok: 2, note: 3, off: 4 };

/** Looks at every port: which adapter is active and why, whether it answers, and what to do. Broken first. */
export async function doctor(
  session: Session,
  input: Parameters<Commands['doctor']>[0],
): Promise<readonly DoctorCheck[]> {
  const checks = await Promise.all(
    allChecks(session).map(async ({ port, look }): Promise<DoctorCheck> => {
      const startedAt = performance.now();
      const signal = AbortSignal.any([input.signal, AbortSignal.timeout(checkTimeoutMs)]);
      try {
        const finding = await look(signal);
        return { port, ...finding, elapsedMs: Math.round(performance.now() - startedAt) };
      } catch (error) {
        const { message } = asFailure(error);
        return { port, status: 'error', message, next: null, elapsedMs: null };
      }
    }),
  );
  return checks.toSorted((a, b) => order[a.status] - order[b.status]);
}

function allChecks(session: Session): Check[] {
  const { config } = session.settings;
  const places = placesIn(config.general.dataFolder);
  return [
    { port: 'state', look: () => lookAtState(session) },
    { port: 'queue', look: (signal) => lookAtQueue(session, signal) },
    {
      port: 'locks',
      look: async () =>
        config.infrastructure.redisUrl === null
          ? ok('in this process, so one worker process only')
          : ok('Redis of REDIS_URL'),
    },
    { port: 'feed', look: async () => ok('Postgres LISTEN/NOTIFY, with polling behind it') },
    { port: 'objects', look: () => lookAtFolder(places.root) },
    { port: 'secrets', look: async () => ok('environment and .env') },
    {
      port: 'metrics',
      look: async () => ok(`/metrics on http://127.0.0.1:${config.http.port}, with the key`),
    },
    { port: 'kaggle', look: (signal) => lookAtKaggle(session, signal) },
    { port: 'research', look: async () => ok('built-in playbooks') },
    { port: 'code', look: async () => ok('built-in baseline generator') },
    {
      port: 'compute',
      look: async () => ok(`this machine, ${config.training.localSlots} runs at a time, $0.00`),
    },
    { port: 'python', look: (signal) => lookAtPython(session, signal) },
    ...chatChecks(session),
    { port: 'heartbeat', look: async () => lookAtHeartbeat(session) },
  ];
}

async function lookAtState({ settings, logging }: Session): Promise<Finding> {
  const { config } = settings;
  const isBuiltIn = config.infrastructure.databaseUrl === null;
  try {
    const database = await attachDatabase(config, placesIn(config.general.dataFolder).root, logging.log);
    try {
      const elapsedMs = await database.state.ping();
      return ok(`${database.description}, answers in ${Math.round(elapsedMs)} ms`);
    } finally {
      await database.pools.close();
    }
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code === 'agent.not_running') return ok('embedded Postgres, starts with the agent');
    const next = isBuiltIn ? 'npm start, then look at data/logs' : 'check DATABASE_URL';
    return { status: 'error', message: failure.message, next };
  }
}

async function lookAtQueue({ settings }: Session, signal: AbortSignal): Promise<Finding> {
  const url = settings.config.infrastructure.redisUrl?.reveal();
  if (url === undefined) return ok('BullMQ on the database');
  const redis = connectRedis(url, { onError: () => undefined });
  try {
    await redis.ping(signal);
    const policy = await redis.client.config('GET', 'maxmemory-policy');
    const isSafe = Array.isArray(policy) && policy[1] === 'noeviction';
    if (isSafe) return ok('BullMQ on Redis');
    return {
      status: 'warn',
      message: 'BullMQ on Redis, which may evict jobs when its memory is full',
      next: 'redis-cli config set maxmemory-policy noeviction',
    };
  } finally {
    await redis.close();
  }
}

async function lookAtFolder(folder: string): Promise<Finding> {
  const isThere = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) return ok(`folder ${folder}, made at the first start`);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const message = `folder ${folder}, ${(freeBytes / gigabyte).toFixed(1)} GB free`;
  if (freeBytes > littleDiskBytes) return ok(message);
  return { status: 'warn', message, next: 'free some space: below 2 GB runs may fail' };
}

async function lookAtKaggle({ settings }: Session, signal: AbortSignal): Promise<Finding> {
  const { access: credentials, baseUrl } = settings.config.kaggle;
  if (credentials === null) {
    const entries = await listCompetitions([...settings.config.arena.folders, shippedFolder(projectRoot)]);
    const broken = entries.find(({ problem }) => problem !== null);
    if (broken !== undefined) {
      return { status: 'warn', message: broken.problem ?? '', next: `mend or remove ${broken.folder}` };
    }
    if (entries.length === 0) {
      return {
        status: 'warn',
        message: 'practice arena without competitions',
        next: 'script/setup builds them',
      };
    }
    return off(
      `practice arena, ${entries.length} competitions; real Kaggle: not set`,
      'kaggle-agent connect kaggle',
    );
  }
  try {
    return ok(`real Kaggle as ${await readKaggleAccount({ baseUrl, access: credentials }, signal)}`);
  } catch (error) {
    const failure = asFailure(error);
    return {
      status: 'error',
      message: failure.message,
      next: 'new token at kaggle.com/settings/api, then kaggle-agent connect kaggle',
    };
  }
}

function lookAtHeartbeat({ settings }: Session): Finding {
  if (settings.config.talking.heartbeatUrl !== null) return ok('HEARTBEAT_URL is called each minute');
  const message = 'HEARTBEAT_URL is not set, so nobody outside notices when this machine stops';
  return { status: 'note', message, next: null };
}

async function lookAtPython({ settings }: Session, signal: AbortSignal): Promise<Finding> {
  const configured = settings.config.training.python ?? undefined;
  const python = await findPython({ configured, projectRoot, signal });
  const extras = [python.lightgbm ? 'LightGBM' : 'no LightGBM', python.ruff ? 'ruff' : 'no ruff'];
  return ok(
    `${python.path} ${python.version}, scikit-learn ${python.sklearn}, pandas ${python.pandas}, ${extras.join(', ')}`,
  );
}
