import { join } from 'node:path';
import { createSecret } from '../config/secret.ts';
import type { Closers } from '../infra/closers.ts';
import { findPython, type PythonInfo } from '../infra/python.ts';
import { createPythonMemory } from '../infra/python-memory.ts';
import type { AgentOptions } from './agent-options.ts';
import { type Crashes, openCrashes } from './crashes.ts';
import { type DataFolder, emptyScratch, type OwnSecrets, openDataFolder, ownSecrets } from './data-folder.ts';
import { claimDatabase, type Database, openDatabase } from './database.ts';
import { type Emergency, requireNoEmergency } from './emergency.ts';
import { openQueue, type Queueing } from './queue.ts';
import type { Roles } from './roles.ts';
import { projectRoot } from './version.ts';

export type Ground = {
  places: DataFolder;
  secrets: OwnSecrets;
  /** Null in a process that takes no jobs. */
  python: PythonInfo | null;
  database: Database;
  queueing: Queueing;
  crashes: Crashes;
};

/** What everything else stands on: folder, secrets, Python, database, queues. */
export async function openGround(
  options: AgentOptions,
  { closers, emergency, roles }: { closers: Closers; emergency: Emergency; roles: Roles },
): Promise<Ground> {
  const { config, logging, signal } = options;
  const { log } = logging;
  const places = await openDataFolder(config.general.dataFolder);
  requireNoEmergency(places, options.afterEmergency);
  const crashes = openCrashes({
    places,
    isAfterEmergency: options.afterEmergency,
    logging,
    now: () => new Date(),
  });
  closers.add('crash watch', () => crashes.stop());
  // From here on no other start works either; people are told as soon as there is a chat to tell them in.
  if (crashes.loop !== null) emergency.mark(crashes.loop);
  const secrets = await ownSecrets(places);
  logging.addSecrets(Object.values(secrets).map(createSecret));
  const configured = config.training.python ?? undefined;
  // Beside the compiled modules, which are as easily made again.
  const memory = createPythonMemory(join(projectRoot, 'node_modules/.cache/kaggle-agent'));
  const python = roles.plays('worker') ? await findPython({ configured, projectRoot, memory, signal }) : null;
  const opened = await openDatabase({
    config,
    root: projectRoot,
    dataFolder: places.root,
    log,
    closers,
    signal,
    onLost: (failure) => emergency.groundLost(failure),
  });
  const database = { ...opened, state: emergency.guardState(opened.state) };
  const queueing = await openQueue(config, database, { log, closers, signal });
  if (queueing.isSingleProcess) {
    await claimDatabase(database, {
      url: '',
      isShared: config.infrastructure.databaseUrl !== null,
      log,
      closers,
      onLost: () => emergency.lockLost(),
    });
    // Others may be at work in it.
    await emptyScratch(places);
  }
  return { places, secrets, python, database, queueing, crashes };
}
