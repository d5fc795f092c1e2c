import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config/load.ts';
import { createSecret } from '../config/secret.ts';
import type { Context, Deps, Policy } from '../context.ts';
import type { Actor } from '../domain/actor.ts';
import type { Chat } from '../domain/chat.ts';
import type { CommandFlows, FlowsFor } from '../domain/command-results.ts';
import type { SystemFailure } from '../domain/errors.ts';
import { type Closers, createClosers } from '../infra/closers.ts';
import { startHeartbeat } from '../infra/heartbeat.ts';
import type { Logging } from '../infra/logger.ts';
import { findPython, type PythonInfo } from '../infra/python.ts';
import type { ScheduleSeconds } from '../jobs/schedules.ts';
import { startOpsServer } from '../ops/server.ts';
import { createFolderStore } from '../providers/objects/folder.ts';
import { type ChangeFeed, createChangeFeed } from '../state/change-feed.ts';
import { configureBudget } from '../state/money.ts';
import type { StatePort } from '../state/port.ts';
import { createFlowsFor } from './command-flows.ts';
import { type DataFolder, emptyScratch, type OwnSecrets, openDataFolder, ownSecrets } from './data-folder.ts';
import { claimDatabase, type Database, openDatabase } from './database.ts';
import { createEmergency, type Emergency, requireNoEmergency } from './emergency.ts';
import { type Competitions, openCompetitions } from './kaggle.ts';
import { policyOf } from './policy.ts';
import { openQueue, type Queueing } from './queue.ts';
import { buildShipped, shippedFolder } from './shipped.ts';
import { openTraining } from './training.ts';
import { projectRoot, readVersion } from './version.ts';
import { startWork } from './work.ts';

const closeTimeoutMs = 40_000;
const microUsd = 1_000_000;
const refreshCardsEverySeconds = 10;

export type AgentOptions = {
  config: Config;
  logging: Logging;
  /** Who the person at this door is. */
  actor: Actor;
  /** Any free port instead of the configured ones. */
  anyPort: boolean;
  afterEmergency: boolean;
  /** Opens the chats that this process talks through. */
  openChats: (parts: AgentParts) => Promise<readonly Chat[]>;
  canBeMended: boolean;
  onProgress: (text: string) => void;
  /** The ground gave way: the process should end, with this to tell. */
  onEmergency: (failure: SystemFailure) => void;
  signal: AbortSignal;
};

/** What chats are built over. */
export type AgentParts = {
  flowsFor: FlowsFor;
  feed: ChangeFeed;
  installation: string;
  /** Of this folder; opens its pages. */
  pageKey: string;
  places: DataFolder;
  policy: Policy;
  contextOf: (actor: Actor) => Context;
  closers: Closers;
  /** Aborts when the agent begins to stop. */
  stopping: AbortSignal;
};

export type Agent = {
  flows: CommandFlows;
  state: StatePort;
  feed: ChangeFeed;
  places: DataFolder;
  competitions: Competitions;
  database: Database;
  queueing: Queueing;
  /** Address of the queues' page, with its key. */
  queuesUrl: string;
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

type Services = Awaited<ReturnType<typeof openServices>>;

function depsOf(config: Config, ground: Ground, services: Services, chats: readonly Chat[]): Deps {
  const { places, database } = ground;
  const { objects, competitions, training } = services;
  return {
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
}

async function build(options: AgentOptions, closers: Closers): Promise<Agent> {
  const startedAt = performance.now();
  const { config, logging } = options;
  const chats: Chat[] = [];
  const emergency = createEmergency({
    dataFolder: config.general.dataFolder,
    logging,
    chats: () => chats,
    onEmergency: options.onEmergency,
  });
  const ground = await openGround(options, closers, emergency);
  const { places, database, queueing } = ground;
  const services = await openServices(options, closers, ground);
  const { ops, competitions } = services;
  const stopping = new AbortController();
  const deps = depsOf(config, ground, services, chats);
  const contextOf = (actor: Actor): Context => {
    return { ...deps, actor, log: logging.log, signal: stopping.signal };
  };
  const flowsFor = createFlowsFor(contextOf);
  const flows = flowsFor(options.actor);
  await setBudgets(database.state, config);
  const feed = createChangeFeed({ connectionString: database.connectionString, log: logging.log });
  closers.add('change feed', () => feed.close());
  const opened = await options.openChats({
    flowsFor,
    feed,
    installation: await flows.installation(),
    pageKey: ground.secrets.opsKey,
    places,
    policy: deps.policy,
    contextOf,
    closers,
    stopping: stopping.signal,
  });
  chats.push(...opened);
  beat(config, database, logging, closers);
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
    canBeMended: () => options.canBeMended && chats.some(({ canAnswer }) => canAnswer),
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
    queuesUrl: `${ops.url}/queues?key=${ground.secrets.opsKey}`,
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
    'refresh-cards': refreshCardsEverySeconds,
    digest: schedules.timeoutWatchEverySeconds,
    sweep: schedules.timeoutWatchEverySeconds,
  };
}

/** A service outside is told each minute that all is well, where one is configured. */
function beat({ talking }: Config, { state }: Database, { log }: Logging, closers: Closers): void {
  const { heartbeatUrl } = talking;
  if (heartbeatUrl === null) return;
  const heartbeat = startHeartbeat({ url: heartbeatUrl, isWell: () => state.ping(), log });
  closers.add('heartbeat address', () => heartbeat.stop());
}

async function setBudgets(state: StatePort, config: Config): Promise<void> {
  const actor: Actor = { type: 'command', user: 'configuration' };
  const { budgets } = config;
  const set = (scope: string, usd: number) =>
    configureBudget(state, scope, Math.round(usd * microUsd), actor);
  await set('fleet_hour', budgets.gpuUsdPerHour);
  await set('gpu_day', budgets.gpuUsdPerDay);
  await set('llm_day', budgets.llmUsdPerDay);
  await set('llm_competition', budgets.llmUsdPerCompetition);
}
