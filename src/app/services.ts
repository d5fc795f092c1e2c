import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';
import type { Deps } from '../context.ts';
import type { Health } from '../domain/health.ts';
import { returnStarts } from '../flows/gpu/return-starts.ts';
import type { Closers } from '../infra/closers.ts';
import { createMetrics, type Metrics } from '../ops/metrics.ts';
import { packRunner } from '../providers/compute/runner-archive.ts';
import type { ObjectStore } from '../providers/objects/contract.ts';
import { readInstallation } from '../state/alerts.ts';
import type { AgentOptions } from './agent-options.ts';
import type { Emergency } from './emergency.ts';
import { freeBytesAt } from './free-space.ts';
import type { Ground } from './ground.ts';
import { writeInstallationFile } from './installation-file.ts';
import { openCompetitions } from './kaggle.ts';
import { modelWork } from './model-work.ts';
import { ledgerIn, openModels } from './models.ts';
import { linksReachOut, openObjects } from './objects.ts';
import { openOps } from './ops.ts';
import { policyOf } from './policy.ts';
import { openRented, type Rented } from './rented.ts';
import { openResearch } from './research.ts';
import type { Roles } from './roles.ts';
import { buildShipped, shippedFolder } from './shipped.ts';
import { openTracker } from './tracking.ts';
import { noTraining, openTraining } from './training.ts';
import { projectRoot, readVersion } from './version.ts';

/** Objects, HTTP, competitions and training, over the ground. */
export async function openServices(
  options: AgentOptions,
  parts: {
    closers: Closers;
    ground: Ground;
    roles: Roles;
    health: () => readonly Health[];
    isStopping: () => boolean;
    emergency: Pick<Emergency, 'guardObjects'>;
  },
) {
  const { closers, ground, roles, emergency } = parts;
  const { config, logging, anyPort } = options;
  const { log } = logging;
  const { places, secrets, database, queueing } = ground;
  let ownUrl = '';
  const opened = await openObjects({
    config,
    places,
    linkSecret: secrets.linkSecret,
    ownUrl: () => ownUrl,
    now: () => new Date(),
    log,
  });
  closers.add('objects', () => opened.close());
  await opened.check();
  const metrics = createMetrics({ version: readVersion(), roles: roles.name.split('+') });
  metrics.watchHealth(parts.health);
  const objects = emergency.guardObjects(opened.objects);
  const ops = await openOps({
    config,
    places,
    secrets,
    roles,
    metrics,
    state: database.state,
    pools: database.direct?.pools ?? null,
    queues: queueing.queues,
    objects: opened.presigned ? null : objects,
    health: parts.health,
    isStopping: parts.isStopping,
    // The public address leads to the configured port.
    anyPort: anyPort && config.gpu.publicUrl === null,
    log,
    closers,
  });
  ownUrl = ops.url;
  const rest = await openWorkplaces(options, { ...parts, objects }, metrics);
  const { artifactsFolder } = opened;
  const reach = linksReachOut(config);
  return { objects, artifactsFolder, linksReachOut: reach, metrics, ops, ...rest };
}

/** Where the agent competes and where it trains. */
async function openWorkplaces(
  options: AgentOptions,
  {
    closers,
    ground,
    roles,
    objects,
  }: { closers: Closers; ground: Ground; roles: Roles; objects: ObjectStore },
  metrics: Metrics,
) {
  const { config, logging, anyPort } = options;
  const { log } = logging;
  const { places, secrets, python, queueing } = ground;
  const shipped = shippedFolder(projectRoot);
  if (config.kaggle.access === null && python !== null) {
    await buildShipped(shipped, python.path, options.signal, options.onProgress);
  }
  const competitions = await openCompetitions({
    config,
    folders: [...config.arena.folders, places.competitions, shipped],
    places,
    secrets,
    logging,
    closers,
    semaphore: queueing.semaphore('kaggle'),
    metrics,
    version: readVersion(),
    anyPort,
    servesArena: roles.plays('worker'),
    mayShareArena: !queueing.isSingleProcess,
  });
  const models = await openModels({
    config,
    state: ground.database.state,
    semaphore: queueing.semaphore('claude'),
    metrics,
    log,
  });
  const training =
    python === null
      ? noTraining()
      : await openTraining({
          config,
          root: projectRoot,
          places,
          python,
          closers,
          log,
          name: queueing.isSingleProcess ? 'local' : `local ${hostname()}`,
          model: models?.claude ?? null,
          onRunsStopped: (keys) => returnStarts({ state: ground.database.state, objects }, keys),
          signal: options.signal,
        });
  const rented = await openRentedHere(options, ground, metrics);
  const research = await openResearch({
    config,
    model: models?.claude ?? null,
    ledger: ledgerIn(ground.database.state),
    semaphore: queueing.semaphore,
    metrics,
    version: readVersion(),
    closers,
    log,
  });
  const tracking = openTracker({ config, metrics, version: readVersion() });
  return { competitions, models, training, rented, research, tracking };
}

/** Machines of others, where keys are set; known by the label that the database gives this installation. */
async function openRentedHere(
  { config }: AgentOptions,
  { places, database, queueing }: Ground,
  metrics: Metrics,
): Promise<Rented> {
  const installationId = await readInstallation(database.state);
  await writeInstallationFile(places.root, installationId);
  return openRented({
    config,
    installationId,
    semaphore: queueing.semaphore,
    metrics,
    version: readVersion(),
  });
}

export type Services = Awaited<ReturnType<typeof openServices>>;

export function depsOf(
  config: Config,
  ground: Ground,
  services: Services,
  rest: Pick<Deps, 'canBeAsked'>,
): Deps {
  const { places, database, queueing } = ground;
  const { objects, artifactsFolder, competitions, models, training, rented, research, tracking } = services;
  return {
    policy: policyOf(config),
    state: database.state,
    locks: queueing.locks,
    objects,
    kaggle: competitions.kaggle,
    judge: competitions.judge,
    models: models?.claude ?? null,
    summariser: modelWork(models?.claude ?? null).summariser,
    tracker: tracking?.tracker ?? null,
    ...training,
    compute: [...training.compute, ...rented.providers],
    linksReachOut: services.linksReachOut,
    packRunner: () => packRunner(join(projectRoot, 'runner')),
    // Where nobody trains nobody researches either.
    research: training.research.length === 0 ? [] : [...research.providers, ...training.research],
    ...rest,
    artifactsFolder,
    scratchFolder: places.scratch,
    downloads: {
      folder: places.downloads,
      freeBytes: () => freeBytesAt(places.downloads),
      sharesDisk: config.storage.bucket === null,
    },
    now: () => new Date(),
  };
}
