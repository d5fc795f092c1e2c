import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { asFailure, ConfigurationFailure } from '../domain/errors.ts';
import { openAccount } from './account.ts';
import { createBlobStore } from './blobs.ts';
import { competitionFolders } from './catalog.ts';
import { loadCompetition } from './competition.ts';
import type { Competition } from './competition-schema.ts';
import { type ArenaContext, type ArenaLog, type Behaviour, strictBehaviour } from './context.ts';
import { createFaultPlan, type FaultRule, type Faults } from './faults.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';
import { registerApi } from './routes/api.ts';
import { registerStorage } from './routes/storage.ts';
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
  now: () => Date;
  log: ArenaLog;
  /** For tests, as everything below: see faults.ts. */
  faults?: Faults;
  behaviour?: Partial<Behaviour>;
  /** Limits of calls per account; none by default. */
  rateLimit?: RateLimit;
  downloadRateLimit?: RateLimit;
};

/** A folder that is not served, or whose name another one has taken. */
export type SkippedFolder = { folder: string; message: string };

export type Arena = {
  /** Origin of the API, without a path: `http://127.0.0.1:4778`. */
  apiUrl: string;
  storageUrl: string;
  /** Slugs that are served. */
  competitions: readonly string[];
  skipped: readonly SkippedFolder[];
  /** Adds a fault while the arena runs; for tests. */
  inject(rule: FaultRule): void;
  /** Ends every connection, answered or not. */
  close(): Promise<void>;
};

const loopbackHosts: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Calls of the API are small; files travel through the storage. */
const maxBodyBytes = 1024 * 1024;

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
  const behaviour = { ...strictBehaviour, ...options.behaviour };
  const { competitions, skipped } = await loadAll(options);
  const faults = createFaultPlan(options.faults);
  const stopping = new AbortController();
  const account = openAccount(options.stateFolder);
  let storageUrl = '';
  const ctx: ArenaContext = {
    competitions,
    account,
    behaviour,
    faults,
    blobs: createBlobStore(join(options.stateFolder, 'archives')),
    signer: createUrlSigner({ lifeSeconds: behaviour.signedUrlSeconds, now: options.now }),
    stateFolder: options.stateFolder,
    storageUrl: () => storageUrl,
    credentials: { token: options.token, username: options.username, key: options.key },
    teamName: options.teamName ?? 'kaggle-agent',
    now: options.now,
    log: options.log,
    signal: stopping.signal,
  };
  const storage = createServer();
  const api = createServer();
  registerStorage(storage, ctx);
  registerApi(api, ctx, {
    metadata: createRateLimiter(options.rateLimit ?? null, options.now),
    downloads: createRateLimiter(options.downloadRateLimit ?? options.rateLimit ?? null, options.now),
  });

  const close = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([api.close(), storage.close()]);
    account.close();
  };
  try {
    storageUrl = await listen(storage, options.host, options.storagePort);
    const apiUrl = await listen(api, options.host, options.port);
    options.log.info({ apiUrl, storageUrl, competitions: competitions.size }, 'arena ready');
    return {
      apiUrl,
      storageUrl,
      competitions: [...competitions.keys()],
      skipped,
      inject: faults.inject,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
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

async function loadAll({ folders, log }: ArenaOptions) {
  const competitions = new Map<string, Competition>();
  const skipped: SkippedFolder[] = [];
  const skip = (folder: string, message: string) => {
    skipped.push({ folder, message });
    log.warn({ folder, reason: message }, 'arena competition skipped');
  };
  for (const folder of await competitionFolders(folders)) {
    try {
      const competition = await loadCompetition(folder, { publicFiles: 'trust' });
      const other = competitions.get(competition.slug);
      if (other === undefined) competitions.set(competition.slug, competition);
      else
        skip(
          folder,
          `${folder} is not served because ${other.folder} has the same name, ${competition.slug}.`,
        );
    } catch (error) {
      skip(folder, asFailure(error).message);
    }
  }
  return { competitions, skipped };
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
