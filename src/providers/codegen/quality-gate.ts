import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunResult, ScriptMetrics } from '../../domain/run-contract.ts';
import { diskFailure } from '../disk-failure.ts';
import type { GateReport, GateRequest, gateCheckNames, QualityGate } from '../quality/contract.ts';
import { type DebugRunOptions, debugRun } from './gate/debug-run.ts';
import { checkOutputs } from './gate/output-format.ts';
import { requirementsProblem } from './gate/requirements-check.ts';
import { inspectScript, judgeImports, judgeSyntax, lintScript, type Verdict } from './gate/static-checks.ts';

export type QualityGateOptions = Omit<DebugRunOptions, 'python'> & {
  /** As found by `findPython`. */
  python: { path: string; ruff: boolean };
  /** Holds one folder per check while it lasts. */
  scratchFolder: string;
};

type CheckName = (typeof gateCheckNames)[number];
type Check = GateReport['checks'][number];

/** A debug run trains on about a tenth of the rows. */
const debugShare = 0.1;
const maxProblems = 5;

/** Judges a training script in order of cost: what it says, then a small run of it, then what that wrote. */
export function createQualityGate(options: QualityGateOptions): QualityGate {
  async function check(request: GateRequest, { signal }: { signal: AbortSignal }): Promise<GateReport> {
    const folder = join(options.scratchFolder, `gate-${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true });
      return await judge(request, options, folder, signal);
    } catch (error) {
      signal.throwIfAborted();
      return diskFailure(error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { check };
}

async function judge(
  request: GateRequest,
  options: QualityGateOptions,
  folder: string,
  signal: AbortSignal,
): Promise<GateReport> {
  const sheet = createCheckSheet();
  const context = { python: options.python.path, folder, signal };
  const inspection = inspectScript(request.script, context);
  await sheet.run('compile', async () => judgeSyntax(await inspection));
  await sheet.run('imports', async () => judgeImports(await inspection));
  await sheet.run('lint', () => lintScript(request.script, options.python.ruff, context));
  await sheet.run('requirements', () => judgeRequirements(request.requirements));

  let result: RunResult | null = null;
  await sheet.run('debug_run', async () => {
    result = await debugRun(request, { ...options, python: options.python.path }, folder, signal);
    return judgeRun(result);
  });
  let metrics: ScriptMetrics | null = null;
  await sheet.run('output_format', async () => {
    const { contract, dataFolder } = request;
    const found = await checkOutputs({ contract, dataFolder, outFolder: join(folder, 'out'), signal });
    metrics = found.metrics;
    return judgeProblems(found.problems);
  });
  const estimateSeconds = estimate(result, metrics);
  await sheet.run('time_estimate', () => judgeEstimate(estimateSeconds, request));
  return { passed: sheet.hasPassed(), checks: sheet.checks, estimateSeconds };
}

/** Runs checks in turn; after a failed one the rest is skipped. */
function createCheckSheet() {
  const checks: Check[] = [];
  const firstFailed = () => checks.find(({ status }) => status === 'failed');

  async function run(name: CheckName, work: () => Verdict | Promise<Verdict>): Promise<void> {
    const failed = firstFailed();
    if (failed !== undefined) {
      checks.push({ name, status: 'skipped', seconds: 0, message: `Skipped, since ${failed.name} failed.` });
      return;
    }
    const started = performance.now();
    const verdict = await work();
    checks.push({ name, ...verdict, seconds: Math.round(performance.now() - started) / 1000 });
  }

  return { checks, run, hasPassed: () => firstFailed() === undefined };
}

function judgeRequirements(requirements: string): Verdict {
  const problem = requirementsProblem(requirements);
  if (problem !== null) return { status: 'failed', message: problem };
  return { status: 'ok', message: 'requirements.txt asks only for allowed packages.' };
}

function judgeRun({ exitClass, message, seconds, logTail }: RunResult): Verdict {
  if (exitClass === 'ok') return { status: 'ok', message: `The debug run took ${seconds.toFixed(1)} s.` };
  return { status: 'failed', message: `${message} The end of its output:\n${logTail}` };
}

function judgeProblems(problems: readonly string[]): Verdict {
  if (problems.length === 0) return { status: 'ok', message: 'Every file keeps the agreed form.' };
  return { status: 'failed', message: problems.slice(0, maxProblems).join('\n') };
}

/**
 * Seconds of a full run: training grows with the rows, the rest does not.
 * Source: the estimate rule of the run contract, with one epoch count for both runs.
 */
function estimate(result: RunResult | null, metrics: ScriptMetrics | null): number | null {
  if (result === null || metrics === null) return null;
  const trainSeconds = Math.min(metrics.train_seconds, result.seconds);
  return Math.round(trainSeconds / debugShare + (result.seconds - trainSeconds));
}

function judgeEstimate(seconds: number | null, { timeLimitSeconds, keepsTimeLimit }: GateRequest): Verdict {
  if (seconds === null) return { status: 'skipped', message: 'There was no run to estimate from.' };
  const words = `A full run would take about ${seconds} s; its limit is ${timeLimitSeconds} s.`;
  if (seconds <= timeLimitSeconds) return { status: 'ok', message: words };
  if (keepsTimeLimit) return { status: 'ok', message: `${words} The script shortens itself to it.` };
  return { status: 'failed', message: words };
}
