import { randomUUID } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Config } from '../config/load.ts';
import { createSecret } from '../config/secret.ts';
import type { Context, Deps } from '../context.ts';
import type { Actor } from '../domain/actor.ts';
import type { Chat } from '../domain/chat.ts';
import type { CommandFlows } from '../domain/command-results.ts';
import { ConfigurationFailure, type SystemFailure } from '../domain/errors.ts';
import { type Closers, createClosers } from '../infra/closers.ts';
import type { Logging } from '../infra/logger.ts';
import { findPython, type PythonInfo } from '../infra/python.ts';
import type { ScheduleSeconds } from '../jobs/schedules.ts';
import { startOpsServer } from '../ops/server.ts';
import { createFolderStore } from '../providers/objects/folder.ts';
import { type ChangeFeed, createChangeFeed } from '../state/change-feed.ts';
import { setBudget } from '../state/money.ts';
import type { StatePort } from '../state/port.ts';
import { createCommandFlows } from './command-flows.ts';
import {
  type DataFolder,
  emptyScratch,
  type OwnSecrets,
  openDataFolder,
  ownSecrets,
  placesIn,
} from './data-folder.ts';
import { claimDatabase, type Database, openDatabase } from './database.ts';
import { type Competitions, openCompetitions } from './kaggle.ts';
import { policyOf } from './policy.ts';
import { openQueue, type Queueing } from './queue.ts';
import { buildShipped, shippedFolder } from './shipped.ts';
import { openTraining } from './training.ts';
import { projectRoot, readVersion } from './version.ts';
import { startWork } from './work.ts';

const closeTimeoutMs = 40_000;
const microUsd = 1_000_000;

export type AgentOptions = {
  config: Config;
  logging: Logging;
  /** Who the person at this door is. */
  actor: Actor;
  /** Any free port instead of the configured ones. */
  anyPort: boolean;
  afterEmergency: boolean;
  chats: (flows: CommandFlows) => readonly Chat[];
  canBeMended: boolean;
  onProgress: (text: string) => void;
  /** The ground gave way: the process should end, with this to tell. */
  onEmergency: (failure: SystemFailure) => void;
  signal: AbortSignal;
};

export type Agent = {
  flows: CommandFlows;
  state: StatePort;
  feed: ChangeFeed;
  places: DataFolder;
  competitions: Competitions;
  database: Database;
  queueing: Queueing;
  pageUrl: string;
  readyMs: number;
  /** Stops cleanly: no new work, what runs is told, everything is closed. Safe to call twice. */
  close(): Promise<void>;
};

/**
 * Builds the whole agent in one process and starts its work.
 * @throws ConfigurationFailure `agent.already_running`, `agent.after_emergency`, `python.missing_packages`, and
 * what its parts throw; what was opened by then is closed again
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const closers = createClosers({ log: options.logging.log, timeoutMs: closeTimeoutMs });
  try {
    return await build(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

type Ground = {
  places: DataFolder;
  secrets: OwnSecrets;
  python: PythonInfo;
  database: Database;
  queueing: Queueing;
};

/** What everything else stands on: folder, secrets, Python, database, queues. */
async function openGround(options: AgentOptions, closers: Closers, emergency: Emergency): Promise<Ground> {
  const { config, logging, signal } = options;
  const { log } = logging;
  const places = await openDataFolder(config.general.dataFolder);
  await requireNoEmergency(places, options.afterEmergency);
  const secrets = await ownSecrets(places);
  logging.addSecrets(Object.values(secrets).map(createSecret));
  const python = await findPython({ configured: config.training.python ?? undefined, projectRoot, signal });
  const database = await openDatabase({
    config,
    root: projectRoot,
    dataFolder: places.root,
    log,
    closers,
    signal,
  });
  const queueing = await openQueue(config, database, { log, closers });
  if (queueing.isSingleProcess) {
    await claimDatabase(database, { url: '', log, closers, onLost: () => emergency.lockLost() });
  }
  await emptyScratch(places);
  return { places, secrets, python, database, queueing };
}

/** Objects, HTTP, competitions and training, over the ground. */
async function openServices(options: AgentOptions, closers: Closers, ground: Ground) {
  const { config, logging, anyPort } = options;
  const { log } = logging;
  const { places, secrets, python, database, queueing } = ground;
  let publicUrl = '';
  const now = () => new Date();
  const objects = createFolderStore({
    folder: places.objects,
    publicUrl: () => publicUrl,
    linkSecret: secrets.linkSecret,
    now,
  });
  const ops = await startOpsServer({
    port: anyPort ? 0 : config.http.port,
    key: secrets.opsKey,
    objects: { store: objects, secret: secrets.linkSecret, now },
    queues: queueing.queues,
    state: { ping: () => database.state.ping() },
    log,
  });
  closers.add('http', () => ops.close());
  publicUrl = ops.url;
  const shipped = shippedFolder(projectRoot);
  if (config.kaggle.access === null) {
    await buildShipped(shipped, python.path, options.signal, options.onProgress);
  }
  const competitions = await openCompetitions({
    config,
    folders: [...config.arena.folders, places.competitions, shipped],
    places,
    secrets,
    logging,
    closers,
    semaphore: queueing.kaggleSemaphore,
    version: readVersion(),
    anyPort,
  });
  const training = openTraining({ config, root: projectRoot, places, python, closers, log });
  return { objects, ops, competitions, training };
}

async function build(options: AgentOptions, closers: Closers): Promise<Agent> {
  const startedAt = performance.now();
  const { config, logging } = options;
  const emergency = createEmergency(options);
  const ground = await openGround(options, closers, emergency);
  const { places, database, queueing } = ground;
  const { objects, ops, competitions, training } = await openServices(options, closers, ground);
  const stopping = new AbortController();
  const chats: Chat[] = [];
  const deps: Deps = {
    policy: policyOf(config),
    state: database.state,
    objects,
    kaggle: competitions.kaggle,
    judge: competitions.judge,
    ...training,
    chats,
    artifactsFolder: `${places.objects}/files`,
    scratchFolder: places.scratch,
    now: () => new Date(),
  };
  const flows = createCommandFlows((): Context => {
    return { ...deps, actor: options.actor, log: logging.log, signal: stopping.signal };
  });
  chats.push(...options.chats(flows));
  await setBudgets(database.state, config);
  const feed = createChangeFeed({ connectionString: database.connectionString, log: logging.log });
  closers.add('change feed', () => feed.close());
  await startWork({
    deps,
    queues: queueing.queues,
    feed,
    logging,
    closers,
    workerId: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    isSingleProcess: queueing.isSingleProcess,
    schedules: schedulesOf(config),
    stopping: stopping.signal,
    canBeMended: () => options.canBeMended,
    onProcessFailure: (failure) => emergency.stop(failure),
    onEnd: (end) => ops.metrics.observeRun(end),
  });
  return {
    flows,
    state: database.state,
    feed,
    places,
    competitions,
    database,
    queueing,
    pageUrl: `${ops.url}/queues?key=${ground.secrets.opsKey}`,
    readyMs: performance.now() - startedAt,
    async close() {
      stopping.abort(new Error('the agent stops'));
      await closers.close();
    },
  };
}

function schedulesOf({ schedules }: Config): ScheduleSeconds {
  return {
    discover: schedules.discoveryEverySeconds,
    'watch-costs': schedules.costWatchEverySeconds,
    'check-scores': schedules.scoreCheckEverySeconds,
    'watch-timeouts': schedules.timeoutWatchEverySeconds,
    sweep: schedules.timeoutWatchEverySeconds,
  };
}

async function requireNoEmergency(places: DataFolder, afterEmergency: boolean): Promise<void> {
  if (afterEmergency) return;
  const isMarked = await access(places.emergencyMarker).then(
    () => true,
    () => false,
  );
  if (!isMarked) return;
  throw new ConfigurationFailure(
    `The last run ended with an emergency stop (${places.emergencyMarker} tells why). Mend that, then: kaggle-agent up --after-emergency`,
    { code: 'agent.after_emergency' },
  );
}

type Emergency = { stop(failure: SystemFailure): void; lockLost(): void };

/** What is done when our ground gives way: diagnostics outside the database, a marker, and the end. */
function createEmergency(options: AgentOptions): Emergency {
  const places = placesIn(options.config.general.dataFolder);
  let isOver = false;
  return {
    stop(failure: SystemFailure): void {
      if (isOver) return;
      isOver = true;
      const report = {
        at: new Date().toISOString(),
        code: failure.code,
        message: failure.message,
        stack: failure.stack,
        versions: { node: process.version, agent: readVersion() },
        lastLines: options.logging.lastLines(),
      };
      options.logging.log.error({ err: failure }, 'emergency stop');
      writeFile(places.emergencyMarker, JSON.stringify(report, null, 2), { mode: 0o600 })
        .catch((err: unknown) =>
          options.logging.log.error({ err }, 'the emergency marker could not be written'),
        )
        .finally(() => options.onEmergency(failure));
    },
    lockLost(): void {
      options.logging.log.error({}, 'another process has taken the data over');
      process.kill(process.pid, 'SIGTERM');
    },
  };
}

async function setBudgets(state: StatePort, config: Config): Promise<void> {
  const actor: Actor = { type: 'command', user: 'configuration' };
  const { budgets } = config;
  const set = (scope: string, usd: number) => setBudget(state, scope, Math.round(usd * microUsd), actor);
  await set('fleet_hour', budgets.gpuUsdPerHour);
  await set('gpu_day', budgets.gpuUsdPerDay);
  await set('llm_day', budgets.llmUsdPerDay);
}
