import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ReadyFacts } from '../cli/commands.ts';
import type { Config } from '../config/load.ts';
import type { Context } from '../context.ts';
import type { Actor } from '../domain/actor.ts';
import type { Chat } from '../domain/chat.ts';
import type { CommandFlows } from '../domain/command-results.ts';
import { microUsd } from '../domain/micro-usd.ts';
import { workQueues } from '../domain/roles.ts';
import { type Closers, createClosers } from '../infra/closers.ts';
import type { ScheduleSeconds } from '../jobs/schedules.ts';
import type { OpsServer } from '../ops/server.ts';
import type { ChangeFeed } from '../state/change-feed.ts';
import { configureBudget } from '../state/money.ts';
import type { StatePort } from '../state/port.ts';
import type { AgentOptions } from './agent-options.ts';
import { createFlowsFor } from './command-flows.ts';
import type { DataFolder } from './data-folder.ts';
import type { Database } from './database.ts';
import { createEmergency, type Emergency } from './emergency.ts';
import { openGround } from './ground.ts';
import type { AgentHealth } from './health.ts';
import type { Competitions } from './kaggle.ts';
import { prepareStop } from './prepare-stop.ts';
import type { Queueing } from './queue.ts';
import { type Roles, rolesOf } from './roles.ts';
import { depsOf, openServices } from './services.ts';
import { serviceChecks, watchOver } from './watch-over.ts';
import { startWork } from './work.ts';

const closeTimeoutMs = 40_000;
/** Where the ground gave way, much of it never answers. */
const emergencyCloseTimeoutMs = 5_000;
const refreshCardsEverySeconds = 10;
/** As often as the service wants lines at most. */
const trackRunsEverySeconds = 15;
const purgeEverySeconds = 3_600;

export type Agent = {
  flows: CommandFlows;
  state: StatePort;
  feed: ChangeFeed;
  places: DataFolder;
  competitions: Competitions;
  database: Database;
  queueing: Queueing;
  /** See ReadyFacts. */
  opsPage: ReadyFacts['opsPage'];
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

async function build(options: AgentOptions, closers: Closers): Promise<Agent> {
  const startedAt = performance.now();
  const { config, logging } = options;
  const chats: Chat[] = [];
  const emergency = emergencyOf(options, () => chats);
  const roles = rolesOf(config);
  const ground = await openGround(options, { closers, emergency, roles });
  const { places, database, queueing, secrets, crashes } = ground;
  const stopping = new AbortController();
  let health: AgentHealth | null = null;
  const services = await openServices(options, {
    closers,
    ground,
    roles,
    health: () => health?.snapshot() ?? [],
    isStopping: () => stopping.signal.aborted || emergency.signal.aborted,
    emergency,
  });
  // Where the work is split, people sit at another process.
  const canBeAsked = () => !roles.plays('bot') || chats.some(({ canAnswer }) => canAnswer);
  const deps = depsOf(config, ground, services, { canBeAsked });
  const contextOf = (actor: Actor): Context => {
    return { ...deps, actor, log: logging.log, signal: stopping.signal };
  };
  const flowsFor = emergency.guardFlows(createFlowsFor(contextOf));
  const flows = flowsFor(options.actor);
  await setBudgets(database.state, config);
  const feed = database.openFeed(logging.log);
  closers.add('change feed', () => feed.close());
  const installation = await flows.installation();
  const { policy } = deps;
  const shared = { flowsFor, feed, installation, places, policy, contextOf, closers };
  const talk = { ...shared, pageKey: secrets.opsKey, stopping: stopping.signal };
  const opened = roles.plays('bot') ? await options.openChats(talk) : null;
  chats.push(...(opened?.chats ?? []));
  const lastContext = contextOf({ type: 'schedule', name: 'emergency' });
  prepareStop(emergency, lastContext, { roles, isAlone: queueing.isSingleProcess });
  await emergency.refuseWork(crashes.loop);
  watchOver(options, database, closers);
  health = await startWork({
    deps,
    queues: queueing.queues,
    feed,
    logging,
    closers,
    roles,
    chats,
    services: [...serviceChecks(options, services), ...(opened?.services ?? [])],
    isSingleProcess: queueing.isSingleProcess,
    ...workSettings(config),
    stopping: AbortSignal.any([stopping.signal, emergency.signal]),
    crashes,
    emergency,
    onEnd: (end) => services.metrics.observeRun(end),
  });
  emergency.showHealth(health.snapshot);
  crashes.settle();
  const { ops, competitions } = services;
  const close = async () => {
    stopping.abort(new Error('the agent stops'));
    await closers.close(emergency.signal.aborted ? emergencyCloseTimeoutMs : undefined);
  };
  const facts = { readyMs: performance.now() - startedAt, opsPage: opsPageOf(ops, roles) };
  return { flows, state: database.state, feed, places, competitions, database, queueing, close, ...facts };
}

function opsPageOf({ queuesUrl, statusUrl }: OpsServer, roles: Roles): Agent['opsPage'] {
  return roles.plays('ops') ? { name: 'queues', url: queuesUrl } : { name: 'status', url: statusUrl };
}

function emergencyOf(options: AgentOptions, chats: () => readonly Chat[]): Emergency {
  const { config, logging, onEmergency } = options;
  return createEmergency({ dataFolder: config.general.dataFolder, logging, chats, onEmergency });
}

function workSettings({ general, schedules }: Config) {
  return {
    workQueues: general.queues ?? workQueues,
    workerId: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    healthEveryMs: schedules.healthEverySeconds * 1000,
    schedules: schedulesOf(schedules),
  };
}

function schedulesOf(schedules: Config['schedules']): ScheduleSeconds {
  return {
    discover: schedules.discoveryEverySeconds,
    'watch-costs': schedules.costWatchEverySeconds,
    'check-scores': schedules.scoreCheckEverySeconds,
    'check-gates': schedules.gateCheckEverySeconds,
    'watch-timeouts': schedules.timeoutWatchEverySeconds,
    'refresh-cards': refreshCardsEverySeconds,
    'track-runs': trackRunsEverySeconds,
    digest: schedules.timeoutWatchEverySeconds,
    sweep: schedules.timeoutWatchEverySeconds,
    purge: purgeEverySeconds,
  };
}

async function setBudgets(state: StatePort, config: Config): Promise<void> {
  const actor: Actor = { type: 'command', user: 'configuration' };
  const { budgets } = config;
  const set = (scope: string, usd: number) =>
    configureBudget(state, scope, Math.round(usd * microUsd), actor);
  await set('fleet_hour', budgets.gpuUsdPerHour);
  await set('gpu_day', budgets.gpuUsdPerDay);
  await set('gpu_competition', budgets.gpuUsdPerCompetition);
  await set('llm_day', budgets.llmUsdPerDay);
  await set('llm_competition', budgets.llmUsdPerCompetition);
}
