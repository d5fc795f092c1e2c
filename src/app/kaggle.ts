import { join } from 'node:path';
import type { FaultFile } from '../arena/fault-file.ts';
import { type Arena, startArena } from '../arena/server.ts';
import type { Config } from '../config/load.ts';
import { createSecret } from '../config/secret.ts';
import { asFailure } from '../domain/errors.ts';
import type { Closers } from '../infra/closers.ts';
import type { Logging } from '../infra/logger.ts';
import { findPython } from '../infra/python.ts';
import type { Semaphore } from '../infra/semaphore.ts';
import type { Metrics } from '../ops/metrics.ts';
import { createArenaJudge } from '../providers/kaggle/arena-judge.ts';
import type { KaggleOptions } from '../providers/kaggle/calls.ts';
import { createKaggleClient } from '../providers/kaggle/client.ts';
import type { KaggleClient, PracticeJudge } from '../providers/kaggle/contract.ts';
import { createPolicy, type Policy } from '../providers/policy.ts';
import type { DataFolder, OwnSecrets } from './data-folder.ts';
import { hiddenPathsOf } from './hidden-paths.ts';
import { projectRoot } from './version.ts';

export type Competitions = {
  kaggle: KaggleClient;
  judge: PracticeJudge | null;
  /** Of all calls to it. */
  policy: Policy;
  /** In words for people. */
  description: string;
  skipped: readonly { folder: string; message: string }[];
};

const callTimeoutMs = 30_000;

type Options = {
  config: Config;
  places: DataFolder;
  secrets: OwnSecrets;
  logging: Logging;
  closers: Closers;
  semaphore: Semaphore;
  metrics: Pick<Metrics, 'observeCall' | 'watchBreaker'>;
  version: string;
  /** Any free port instead of the configured ones: several runs may stand side by side. */
  anyPort: boolean;
  /** The arena is started here; elsewhere it is only called. */
  servesArena: boolean;
  /** An arena of another process on this machine does as well. */
  mayShareArena: boolean;
  /** Folders of practice competitions. */
  folders: readonly string[];
};

/** The real Kaggle where a key is set, else the practice arena, which speaks the same API. */
export async function openCompetitions(options: Options): Promise<Competitions> {
  const { access, baseUrl } = options.config.kaggle;
  if (access !== null) {
    const real = clientOptions(options, baseUrl, access);
    const kaggle = createKaggleClient(real);
    return { kaggle, judge: null, policy: real.policy, description: new URL(baseUrl).host, skipped: [] };
  }
  const arena = await findArena(options);
  const token = createSecret(options.secrets.arenaToken);
  const forArena = clientOptions(options, arena.apiUrl, { kind: 'bearer', token });
  return {
    kaggle: createKaggleClient(forArena),
    judge: createArenaJudge(forArena),
    policy: forArena.policy,
    description: `practice arena at ${arena.apiUrl}${arena.note}`,
    skipped: arena.skipped,
  };
}

function clientOptions(
  options: Options,
  baseUrl: string,
  credentials: KaggleOptions['credentials'],
): KaggleOptions {
  const policy = createPolicy({
    vendor: 'kaggle',
    limit: options.semaphore,
    timeoutMs: callTimeoutMs,
    now: () => new Date(),
    random: Math.random,
    onAttempt: (attempt) => options.metrics.observeCall(attempt),
  });
  options.metrics.watchBreaker('kaggle', () => policy.state().breaker);
  return {
    baseUrl,
    credentials,
    policy,
    fetch,
    userAgent: `kaggle-agent/${options.version}`,
    now: () => new Date(),
  };
}

/** This process' own arena, or the one that another process on this machine serves under the same keys. */
async function findArena(options: Options): Promise<Pick<Arena, 'apiUrl' | 'skipped'> & { note: string }> {
  const elsewhere = {
    apiUrl: `http://127.0.0.1:${options.config.arena.port}`,
    skipped: [],
    note: ', served by another process',
  };
  if (!options.servesArena) return elsewhere;
  try {
    const arena = await openArena(options);
    return { ...arena, note: `, ${arena.competitions.length} competitions` };
  } catch (error) {
    if (options.mayShareArena && asFailure(error).code === 'arena.port_in_use') return elsewhere;
    throw error;
  }
}

/** Starts the practice arena over the competitions that ship and the configured folders. */
export async function openArena(
  options: Omit<Options, 'semaphore' | 'metrics' | 'servesArena' | 'mayShareArena'> & { faults?: FaultFile },
) {
  const { config, places, secrets, logging, anyPort } = options;
  const { rules, seed, latencyMs, rateLimit, downloadRateLimit } = options.faults ?? { rules: [] };
  const arena = await startArena({
    folders: options.folders,
    stateFolder: join(places.arena),
    host: '127.0.0.1',
    port: anyPort ? 0 : config.arena.port,
    storagePort: anyPort ? 0 : config.arena.storagePort,
    token: secrets.arenaToken,
    username: 'kaggle-agent',
    key: secrets.arenaKey,
    // Looked for when the first notebook comes: listing and scoring need none.
    findPython: async (signal) => {
      const configured = config.training.python ?? undefined;
      return (await findPython({ configured, projectRoot, signal })).path;
    },
    hiddenPaths: hiddenPathsOf(config, projectRoot, places.root),
    faults: rules,
    ...(seed === undefined ? {} : { faultSeed: seed }),
    ...(latencyMs === undefined ? {} : { behaviour: { latencyMs } }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(downloadRateLimit === undefined ? {} : { downloadRateLimit }),
    now: () => new Date(),
    log: logging.log,
  });
  options.closers.add('arena', () => arena.close());
  return arena;
}
