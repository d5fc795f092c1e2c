import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';
import type { Deps } from '../context.ts';
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
import { modelWork } from './model-work.ts';

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
export function openTraining(options: {
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
}): Training {
  const { config, root, places, python, closers, log } = options;
  const work = modelWork(options.model);
  const cores = availableParallelism();
  const slots = config.training.localSlots;
  const runnerPath = join(root, 'runner', 'runner.py');
  // A script sees its own scratch folder alone: no hidden labels, no keys, no other run.
  const hiddenPaths = hiddenPathsOf(config, root, places.root);
  const local = createLocalCompute({
    name: options.name,
    scratchFolder: places.scratch,
    runnerPath,
    python: python.path,
    hiddenPaths,
    stopPatienceMs,
    now: () => new Date(),
    onEnd: (end) => log.debug({ end }, 'runner ended'),
    slots,
    cpuCores: cores,
    memoryBytes: totalmem(),
  });
  closers.add('local training', () => local.close());
  return {
    compute: [local],
    quality: createQualityGate({
      python: { path: python.path, ruff: python.ruff },
      scratchFolder: places.scratch,
      runnerPath,
      threads: Math.max(1, Math.floor(cores / slots)),
      memoryBytes: null,
      hiddenPaths,
      review: work.review,
    }),
    environment: {
      cores,
      memoryBytes: totalmem(),
      lightgbm: python.lightgbm,
      pythonVersion: python.version,
      sklearnVersion: python.sklearn,
      ...(python.packages === undefined ? {} : { packages: { ...python.packages } }),
    },
    ...imagesOf(config, { root, scratch: places.scratch, pythonVersion: python.version }),
    buildNotebook,
    generators: [...work.generators, createBaselineGenerator()],
    research: [...work.planners, createPlaybookResearch()],
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
