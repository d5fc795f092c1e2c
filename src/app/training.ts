import { join } from 'node:path';
import type { Config } from '../config/load.ts';
import type { Deps } from '../context.ts';
import { shareOf, type TrainingEnvironment } from '../domain/environment.ts';
import type { Log } from '../domain/log.ts';
import type { Closers } from '../infra/closers.ts';
import type { PythonInfo } from '../infra/python.ts';
import { createBaselineGenerator } from '../providers/codegen/baseline/baseline-generator.ts';
import { createQualityGate } from '../providers/codegen/quality-gate.ts';
import { createLocalCompute } from '../providers/compute/local.ts';
import type { LanguageModel } from '../providers/llm/contract.ts';
import { buildNotebook } from '../providers/notebook/build-notebook.ts';
import { createPlaybookResearch } from '../providers/research/playbook.ts';
import type { DataFolder } from './data-folder.ts';
import { hiddenPathsOf } from './hidden-paths.ts';
import { imagesOf } from './images.ts';
import { type LocalMachine, lookAtMachine, openContainers, withUsableCards } from './local-machine.ts';
import { modelWork } from './model-work.ts';
import { s3PlaceOf } from './objects.ts';

/** From the order to end until the kill: the runner saves what there is in between. */
const stopPatienceMs = 10_000;

export type Training = Pick<
  Deps,
  | 'compute'
  | 'quality'
  | 'environment'
  | 'images'
  | 'packBundle'
  | 'buildNotebook'
  | 'generators'
  | 'research'
>;

/** Research, code and compute in their embedded form, on the Python at hand. */
export async function openTraining(options: {
  config: Config;
  root: string;
  places: DataFolder;
  python: PythonInfo;
  closers: Closers;
  log: Log;
  /** Of this machine among those that share the jobs. */
  name: string;
  /** Plans, writes and reads code; null: pieces and playbooks do. */
  model: LanguageModel | null;
  /** Is told the keys of the runs that ended because the agent stops. */
  onRunsStopped: (keys: readonly string[]) => Promise<void>;
  signal: AbortSignal;
}): Promise<Training> {
  const { config, root, places, python, closers, log } = options;
  const work = modelWork(options.model);
  const found = await lookAtMachine(options.signal);
  const packages = Object.keys(python.packages ?? {});
  const containers = openContainers(config, { scratch: places.scratch, packages, machine: found });
  const machine = await withUsableCards(found, config, containers, options.signal);
  if (machine.cardProblem !== null) log.warn({ problem: machine.cardProblem }, 'graphics card not used');
  const slots = config.training.localSlots;
  const share = shareOf(machine, slots);
  const runnerPath = join(root, 'runner', 'runner.py');
  // A script sees its own scratch folder alone: no hidden labels, no keys, no other run.
  const hiddenPaths = hiddenPathsOf(config, root, places.root);
  const local = createLocalCompute({
    name: options.name,
    scratchFolder: places.scratch,
    runnerPath,
    python: python.path,
    hiddenPaths,
    // Objects of this machine are near enough.
    keptDownloads: s3PlaceOf(config) === null ? null : join(places.root, 'kept-downloads'),
    stopPatienceMs,
    now: () => new Date(),
    onEnd: (end) => log.debug({ end }, 'runner ended'),
    onIsolation: (told) => log.info(told, 'training script kept in'),
    containers,
    slots,
    cards: machine.cards,
    ...share,
  });
  closers.add('local training', async () => options.onRunsStopped(await local.close()));
  return {
    compute: [local],
    quality: createQualityGate({
      python: { path: python.path, ruff: python.ruff },
      scratchFolder: places.scratch,
      runnerPath,
      threads: share.cpuCores,
      memoryBytes: null,
      hiddenPaths,
      review: work.review,
    }),
    environment: environmentOf(machine, python),
    ...imagesOf(config, { root, scratch: places.scratch, pythonVersion: python.version }),
    buildNotebook,
    generators: [...work.generators, createBaselineGenerator()],
    research: [...work.planners, createPlaybookResearch()],
  };
}

function environmentOf({ cores, memoryBytes, cards }: LocalMachine, python: PythonInfo): TrainingEnvironment {
  return {
    cores,
    memoryBytes,
    lightgbm: python.lightgbm,
    pythonVersion: python.version,
    sklearnVersion: python.sklearn,
    ...(python.packages === undefined ? {} : { packages: { ...python.packages } }),
    ...(cards.length === 0
      ? {}
      : { cards: cards.map(({ name, memoryBytes: bytes }) => ({ name, memoryBytes: bytes })) }),
  };
}

/** In a process that takes no jobs: nothing to train on, and nobody who asks for it. */
export function noTraining(): Training {
  const unasked = (): never => {
    throw new Error('unreachable: only a worker trains');
  };
  return {
    compute: [],
    quality: { check: unasked, ablate: unasked, tryOut: unasked, review: null },
    environment: {
      cores: 0,
      memoryBytes: 0,
      lightgbm: false,
      pythonVersion: '',
      sklearnVersion: '',
    },
    images: null,
    packBundle: unasked,
    buildNotebook: unasked,
    generators: [],
    research: [],
  };
}
