import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { ConfigurationFailure } from '../domain/errors.ts';
import { openAccount } from './account.ts';
import { createArenaClock } from './arena-clock.ts';
import { type ArenaLog, type Behaviour, strictBehaviour } from './behaviour.ts';
import { createBlobStore } from './blobs.ts';
import { createCatalogue } from './catalogue.ts';
import type { ArenaContext } from './context.ts';
import { createFaultPlan, type FaultRule, type Faults } from './faults.ts';
import { createNotebooks } from './notebooks/notebooks.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';
import { registerApi } from './routes/api.ts';
import { registerStorage } from './routes/storage.ts';
import { type CompetitionChanges, loadServed, type Served, type SkippedFolder } from './served.ts';
import { createUrlSigner } from './signing.ts';

export type ArenaOptions = {
  /** Competition folders, or folders that hold such. */
  folders: readonly string[];
  /** Where the arena keeps its journal, uploads and archives. One arena at a time. */
  stateFolder: string;
  /** A loopback address. */
  host: string;
  /** 0: any free port. */
  port: number;
  storagePort: number;
  /** The account's bearer token, and the user name and key of its basic credential. */
  token: string;
  username: string;
  key: string;
  teamName?: string;
  /** Finds the interpreter that runs pushed notebooks; without it every one of them fails. */
  findPython?: (signal: AbortSignal) => Promise<string>;
  /** Absolute paths that notebooks shall not see, beside the competitions' folders and the arena's own. */
  hiddenPaths?: readonly string[];
  now: () => Date;
  log: ArenaLog;
  /** For tests, as everything below: see faults.ts. */
  faults?: Faults;
  /** Of the faults that hit a share of the calls. */
  faultSeed?: string;
  /** How many made-up competitions are listed beside the real ones; they have no data. */
  catalogue?: number;
  /** True: POST /arena/v1/clock moves the arena's clock. */
  isClockMovable?: boolean;
  behaviour?: Partial<Behaviour>;
  /** Limits of calls per account; none by default. */
  rateLimit?: RateLimit;
  downloadRateLimit?: RateLimit;
};

export type Arena = {
  /** Origin of the API, without a path: `http://127.0.0.1:4778`. */
  apiUrl: string;
  storageUrl: string;
  /** Slugs that are served. */
  competitions: readonly string[];
  skipped: readonly SkippedFolder[];
  /** Adds a fault while the arena runs; for tests, as everything down to `advanceClock`. */
  inject(rule: FaultRule): void;
  /** Serves one more competition. @throws ConfigurationFailure `arena.bad_competition` */
  addCompetition(folder: string): Promise<void>;
  removeCompetition(slug: string): void;
  /** What a host or the website would change: a deadline, the reward, whether the account has joined … */
  changeCompetition(slug: string, changes: CompetitionChanges): void;
  /** Moves the arena's clock forward, or back. */
  advanceClock(ms: number): void;
  /** Ends every connection, answered or not. */
  close(): Promise<void>;
};

const loopbackHosts: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Calls of the API are small, notebooks the largest; files travel through the storage. */
const maxBodyBytes = 16 * 1024 * 1024;

/**
 * Starts the practice arena: an API origin and a storage origin on the loopback interface. What competitors would
 * see in the data is served as it is, faulty or not; a folder that the arena itself cannot judge is skipped.
 * @throws ConfigurationFailure `arena.not_loopback`, `arena.port_in_use`, `arena.bad_journal`
 */
export async function startArena(options: ArenaOptions): Promise<Arena> {
  if (!loopbackHosts.includes(options.host)) {
    throw new ConfigurationFailure(
      `The practice arena only listens on this machine, so ${options.host} is refused; use 127.0.0.1.`,
      {
        code: 'arena.not_loopback',
      },
    );
  }
  const served = await loadServed({
    ...options,
    listed: createCatalogue(options.catalogue ?? 0, options.now()),
  });
  const clock = createArenaClock(options.now);
  const faults = createFaultPlan(options.faults, options.faultSeed);
  const stopping = new AbortController();
  let storageUrl = '';
  const ctx = openContext({ ...options, now: clock.now }, served, {
    faults,
    clock,
    storageUrl: () => storageUrl,
    signal: stopping.signal,
  });
  const storage = createServer();
  const api = createServer();
  registerStorage(storage, ctx);
  registerApi(api, ctx, {
    metadata: createRateLimiter(options.rateLimit ?? null, clock.now),
    downloads: createRateLimiter(options.downloadRateLimit ?? options.rateLimit ?? null, clock.now),
  });

  const close = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([api.close(), storage.close()]);
    await ctx.notebooks.drained();
    ctx.account.close();
  };
  try {
    storageUrl = await listen(storage, options.host, options.storagePort);
    const apiUrl = await listen(api, options.host, options.port);
    ctx.notebooks.resume();
    options.log.info({ apiUrl, storageUrl, competitions: served.competitions.size }, 'arena ready');
    return {
      apiUrl,
      storageUrl,
      competitions: [...served.competitions.keys()],
      skipped: served.skipped,
      inject: faults.inject,
      addCompetition: async (folder) => void (await served.add(folder)),
      removeCompetition: served.remove,
      changeCompetition: served.change,
      advanceClock: clock.advance,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Everything that a route needs. @throws ConfigurationFailure `arena.bad_journal` */
function openContext(
  options: ArenaOptions,
  { competitions }: Served,
  rest: Pick<ArenaContext, 'faults' | 'clock' | 'storageUrl' | 'signal'>,
): ArenaContext {
  const behaviour = { ...strictBehaviour, ...options.behaviour };
  const { stateFolder, now, log } = options;
  const account = openAccount(stateFolder);
  const shared = { competitions, account, behaviour, stateFolder, now, log };
  const notebooks = createNotebooks({
    ...shared,
    findPython: options.findPython ?? null,
    hiddenPaths: options.hiddenPaths ?? [],
    signal: rest.signal,
  });
  return {
    ...shared,
    ...rest,
    notebooks,
    blobs: createBlobStore(join(stateFolder, 'archives')),
    signer: createUrlSigner({ lifeSeconds: behaviour.signedUrlSeconds, now }),
    credentials: { token: options.token, username: options.username, key: options.key },
    teamName: options.teamName ?? 'kaggle-agent',
    isClockMovable: options.isClockMovable ?? false,
  };
}

function createServer(): FastifyInstance {
  // Clients keep connections alive; without this, close would wait for them.
  return Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!isTaken) throw cause;
    throw new ConfigurationFailure(
      `Port ${port} is taken by another program; stop it, or give the practice arena another port.`,
      {
        code: 'arena.port_in_use',
        cause,
      },
    );
  }
  const address = server.server.address();
  const { port: chosen } = isAddressInfo(address) ? address : { port };
  return `http://${host.includes(':') ? `[${host}]` : host}:${chosen}`;
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
