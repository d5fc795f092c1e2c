import type { Config } from '../config/load.ts';
import type { Health } from '../domain/health.ts';
import type { Log } from '../domain/log.ts';
import type { Closers } from '../infra/closers.ts';
import type { Pools } from '../infra/postgres.ts';
import type { Queues } from '../jobs/queues.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { LinkedStore } from '../ops/object-routes.ts';
import { type OpsServer, startOpsServer } from '../ops/server.ts';
import { readFigures } from '../state/metrics.ts';
import type { StatePort } from '../state/port.ts';
import type { DataFolder, OwnSecrets } from './data-folder.ts';
import type { Roles } from './roles.ts';
import { readVersion } from './version.ts';

/** Without a heartbeat for so long, a process is not counted. */
const staleSeconds = 30;
/** Series by competition are bounded, however many are active. */
const mostCompetitions = 50;

export type OpenOpsOptions = {
  config: Pick<Config, 'http'>;
  places: DataFolder;
  secrets: Pick<OwnSecrets, 'opsKey' | 'linkSecret'>;
  roles: Roles;
  metrics: Metrics;
  state: StatePort;
  /** Those of this process; null where the database is reached over HTTPS. */
  pools: Pools | null;
  queues: Queues;
  /** Null where the objects are served from elsewhere. */
  objects: LinkedStore | null;
  health: () => readonly Health[];
  isStopping: () => boolean;
  anyPort: boolean;
  log: Log;
  closers: Closers;
};

/**
 * The pages and probes of this process, with everything that they tell of. The page of the queues is served by
 * who plays the role `ops`.
 * @throws as `startOpsServer`
 */
export async function openOps(options: OpenOpsOptions): Promise<OpsServer> {
  const { config, places, secrets, roles, metrics, state, pools, queues } = options;
  metrics.watchHealth(options.health);
  metrics.watchFigures(() => readFigures(state, { staleSeconds, mostCompetitions }));
  metrics.watchQueues(() => queues.counts());
  metrics.watchFolder(places.root);
  if (pools !== null) {
    metrics.watchPool('state', pools.state);
    metrics.watchPool('queue', pools.queue);
  }
  const { objects } = options;
  const server = await startOpsServer({
    host: config.http.host,
    port: options.anyPort ? 0 : config.http.port,
    key: secrets.opsKey,
    password: config.http.opsPassword,
    objects: objects === null ? null : { store: objects, secret: secrets.linkSecret, now: () => new Date() },
    queues: roles.plays('ops') ? queues : null,
    health: options.health,
    metrics,
    version: readVersion(),
    roles: roles.name.split('+'),
    isStopping: options.isStopping,
    log: options.log,
  });
  options.closers.add('http', () => server.close());
  return server;
}
