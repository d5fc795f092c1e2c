import type { Closers } from '../infra/closers.ts';
import { startHeartbeat } from '../infra/heartbeat.ts';
import type { AgentOptions } from './agent-options.ts';
import type { Database } from './database.ts';
import type { ServiceCheck } from './health.ts';
import { breakerCheck, claudeCheck, diskCheck, objectsCheck } from './health-services.ts';
import type { Services } from './services.ts';
import { watchSecrets } from './watch-secrets.ts';

/** What goes on beside the work for as long as the agent runs. */
export function watchOver(options: AgentOptions, database: Database, closers: Closers): void {
  followSecrets(options, database, closers);
  beat(options, database, closers);
}

/** What this process stands on, besides the database and the queues. */
export function serviceChecks({ config, vault }: AgentOptions, services: Services): ServiceCheck[] {
  return [
    objectsCheck(services.objects),
    diskCheck(config.general.dataFolder),
    breakerCheck('kaggle', services.competitions.policy),
    ...(services.models === null ? [] : [claudeCheck(services.models)]),
    ...services.rented.checks,
    ...services.research.checks,
    ...(services.tracking === null ? [] : [services.tracking.check]),
    ...(vault === null
      ? []
      : [
          {
            name: 'secrets',
            priority: 'critical' as const,
            check: () => vault.keeper.check(),
          },
        ]),
  ];
}

/** Rotations in Vault are followed for as long as the agent works. */
function followSecrets(
  { config, vault, logging }: AgentOptions,
  { state }: Database,
  closers: Closers,
): void {
  if (vault === null) return;
  const watch = watchSecrets(vault, {
    state,
    keyMaxAgeDays: config.vault.keyMaxAgeDays,
    log: logging.log,
    now: () => new Date(),
  });
  closers.add('secrets', () => watch.stop());
}

/** A service outside is told each minute that all is well, where one is configured. */
function beat(
  { config: { talking }, logging: { log } }: AgentOptions,
  { state }: Database,
  closers: Closers,
): void {
  const { heartbeatUrl } = talking;
  if (heartbeatUrl === null) return;
  const heartbeat = startHeartbeat({ url: heartbeatUrl, isWell: () => state.ping(), log });
  closers.add('heartbeat address', () => heartbeat.stop());
}
