import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Approach } from '../../src/domain/approach.ts';
import type { Problem } from '../../src/domain/problem.ts';
import {
  type HyperParameters,
  scriptMetaSchema,
  scriptMetricsSchema,
} from '../../src/domain/run-contract.ts';
import { createBaselineGenerator } from '../../src/providers/codegen/baseline/baseline-generator.ts';
import type { GeneratedCode } from '../../src/providers/codegen/contract.ts';
import { type Cells, profileOf, without, writeBundleData } from './competition-data.ts';
import { findPython } from './python.ts';

const runTimeoutMs = 120_000;

/** Every interpreter at hand that can train: the chosen one, and the system's where that is another. */
export function findPythons(): string[] {
  const chosen = findPython();
  const system = '/usr/bin/python3';
  const others = chosen !== null && chosen !== system && canTrain(system) ? [system] : [];
  return chosen === null ? [] : [chosen, ...others];
}

function canTrain(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import pandas, sklearn'], { stdio: 'ignore', timeout: runTimeoutMs });
    return true;
  } catch {
    return false;
  }
}

export function anApproach(options: Partial<Approach> = {}): Approach {
  return {
    name: 'an-approach',
    title: 'An approach',
    family: 'boosting',
    rationale: 'It works.',
    features: ['missing-flags', 'counts', 'target-means'],
    models: [{ kind: 'hist-boosting', params: { max_iter: 20 } }],
    validation: 'folds of the host',
    risks: [],
    requirements: [],
    packages: [],
    expectedGain: 0.5,
    estimatedMinutes: 1,
    sources: [],
    ...options,
  };
}

export type Case = {
  problem: Problem;
  approach: Approach;
  train: Cells[];
  gate?: Cells[];
  test: Cells[];
  lightgbm?: boolean;
};

/** The code that the baseline generator writes for a case. */
export async function generateFor({
  problem,
  approach,
  train,
  test,
  lightgbm = false,
}: Case): Promise<GeneratedCode> {
  return createBaselineGenerator().generate(
    {
      problem,
      profile: profileOf(train, test),
      approach,
      environment: { cores: 2, memoryBytes: 8e9, lightgbm, pythonVersion: null, sklearnVersion: null },
      timeBudgetSeconds: 60,
      seed: 1,
    },
    { signal: AbortSignal.timeout(10_000) },
  );
}

type RunOptions = {
  python: string;
  folder: string;
  debug?: boolean;
  without?: string;
  params?: HyperParameters;
  limitSeconds?: number;
  env?: Record<string, string>;
};

/** Generates, runs, and reads back everything that the script wrote. */
export async function trainFor(wanted: Case, options: RunOptions) {
  const { python, folder, debug = false, limitSeconds = 60, env = {} } = options;
  const { script } = await generateFor(wanted);
  const { problem, train, gate, test } = wanted;
  const data = join(folder, 'data');
  const out = join(folder, 'out');
  const hidden = gate === undefined ? {} : { gate: without(gate, ...problem.targetColumns) };
  await writeBundleData(data, { problem, train, test, ...hidden });
  const file = join(folder, 'train.py');
  await writeFile(file, script);
  if (options.params !== undefined) {
    await writeFile(join(data, 'params.json'), JSON.stringify(options.params));
  }
  const part = options.without === undefined ? [] : ['--without', options.without];
  const flags = ['--seed', '1', '--time-limit', String(limitSeconds), ...(debug ? ['--debug'] : []), ...part];
  const log = execFileSync(python, [file, '--data', data, '--out', out, ...flags], {
    env: { PATH: '/usr/bin:/bin', OMP_NUM_THREADS: '1', ...env },
    encoding: 'utf8',
    timeout: runTimeoutMs,
  });
  const table = async (name: string) => readTable(join(out, name));
  return {
    log,
    oof: await table('oof.csv'),
    gate: gate === undefined ? null : await table('gate.csv'),
    test: await table('test.csv'),
    submission: await table('submission.csv'),
    metrics: scriptMetricsSchema.parse(JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8'))),
    meta: scriptMetaSchema.parse(JSON.parse(await readFile(join(out, 'meta.json'), 'utf8'))),
  };
}

async function readTable(path: string): Promise<string[][]> {
  return parse(await readFile(path));
}
