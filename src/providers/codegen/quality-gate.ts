import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunResult, ScriptMeta, ScriptMetrics } from '../../domain/run-contract.ts';
import { diskFailure } from '../disk-failure.ts';
import type {
  Finding,
  GateReport,
  GateRequest,
  QualityGate,
  ReviewScript,
  ScriptReview,
} from '../quality/contract.ts';
import { type CheckSheet, createCheckSheet, type Verdict } from './gate/check-sheet.ts';
import { type DebugRunOptions, debugRun } from './gate/debug-run.ts';
import { estimateMemory, estimateSeconds, judgeMemory, judgeSeconds, measureData } from './gate/estimates.ts';
import { findLeaks, judgeLeaks } from './gate/leak-checks.ts';
import { checkOutputs } from './gate/output-format.ts';
import { runOutputTests, writeOutputTests } from './gate/output-tests.ts';
import { type PinOptions, pinRequirements } from './gate/pin-requirements.ts';
import { reviewScript } from './gate/review.ts';
import {
  inspectScript,
  judgeImports,
  judgeSyntax,
  lintScript,
  type ToolContext,
} from './gate/static-checks.ts';
import { ablate, tryOut } from './gate/trial.ts';

export type QualityGateOptions = Omit<DebugRunOptions, 'python'> &
  Partial<PinOptions> & {
    /** As found by `findPython`. */
    python: { path: string; ruff: boolean };
    /** Holds one folder per check while it lasts. */
    scratchFolder: string;
    /** Reads the scripts that others wrote; left out where no language model is configured. */
    review?: ReviewScript | null;
  };

const maxProblems = 5;

/** Judges a training script in order of cost: what it says, then a small run of it, then what that wrote. */
export function createQualityGate(options: QualityGateOptions): QualityGate {
  const trialOptions = { ...options, python: options.python.path };

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

  return {
    check,
    ablate: (request, { signal }) => ablate(request, trialOptions, signal),
    tryOut: (request, { signal }) => tryOut(request, trialOptions, signal),
    review: options.review ?? null,
  };
}

type Work = {
  request: GateRequest;
  options: QualityGateOptions;
  folder: string;
  signal: AbortSignal;
  sheet: CheckSheet;
  context: ToolContext;
};

async function judge(
  request: GateRequest,
  options: QualityGateOptions,
  folder: string,
  signal: AbortSignal,
): Promise<GateReport> {
  const sheet = createCheckSheet();
  const context = { python: options.python.path, folder, signal };
  const work = { request, options, folder, signal, sheet, context };
  const read = await readScript(work);
  const ran = await runScript(work);
  return {
    passed: sheet.hasPassed(),
    checks: sheet.checks,
    ...ran,
    pinnedRequirements: read.pinned,
    review: read.review,
  };
}

/** What can be known without running anything. */
async function readScript({ request, options, signal, sheet, context }: Work) {
  const { script, requirements, contract } = request;
  const inspection = inspectScript(script, context);
  let findings: Finding[] = [];
  let pinned: string | null = null;
  let review: ScriptReview | null = null;
  await sheet.run('compile', async () => judgeSyntax(await inspection));
  await sheet.run('imports', async () => judgeImports(await inspection));
  await sheet.run('lint', () => lintScript(script, options.python.ruff, context));
  await sheet.run('leaks', async () => {
    const [found = null] = await findLeaks([{ script, problem: contract.problem }], context);
    findings = found ?? [];
    return judgeLeaks(found);
  });
  await sheet.run('requirements', async () => {
    const pinOptions = { packageIndexUrl: null, isOffline: false, ...options };
    const { pinned: found, ...verdict } = await pinRequirements(requirements, pinOptions, context);
    pinned = found;
    return verdict;
  });
  await sheet.run('review', async () => {
    const { review: found, ...verdict } = await reviewScript(
      request,
      findings,
      options.review ?? null,
      signal,
    );
    review = found;
    return verdict;
  });
  return { pinned: asIs<string | null>(pinned), review: asIs<ScriptReview | null>(review) };
}

/** A debug run, what it wrote, and what a full run would take. */
async function runScript({ request, options, folder, signal, sheet, context }: Work) {
  const { contract, dataFolder } = request;
  const outFolder = join(folder, 'out');
  let result: RunResult | null = null;
  let metrics: ScriptMetrics | null = null;
  let meta: ScriptMeta | null = null;
  await sheet.run('debug_run', async () => {
    result = await debugRun(request, { ...options, python: options.python.path }, folder, signal);
    return judgeRun(result);
  });
  await sheet.run('output_format', async () => {
    const found = await checkOutputs({ contract, dataFolder, outFolder, signal });
    ({ metrics, meta } = found);
    return judgeProblems(found.problems);
  });
  const outputTests = await writeOutputTests(contract);
  await sheet.run('output_tests', () => runOutputTests(outputTests, { dataFolder, outFolder }, context));
  const seconds = estimateSeconds(result, metrics);
  await sheet.run('time_estimate', () => judgeSeconds(seconds, request));
  const memoryBytes = estimateMemory(result, metrics, await measureData(dataFolder));
  await sheet.run('memory_estimate', () => judgeMemory(memoryBytes, request));
  const told = asIs<ScriptMeta | null>(meta);
  return {
    estimateSeconds: seconds,
    estimateMemoryBytes: memoryBytes,
    parts: told?.parts ?? [],
    params: told?.params ?? {},
    outputTests,
  };
}

/** Undoes what the compiler concludes from a variable's first value alone: it is set inside a callback. */
function asIs<T>(value: T): T {
  return value;
}

function judgeRun({ exitClass, message, seconds, logTail }: RunResult): Verdict {
  if (exitClass === 'ok') return { status: 'ok', message: `The debug run took ${seconds.toFixed(1)} s.` };
  return { status: 'failed', message: `${message} The end of its output:\n${logTail}` };
}

function judgeProblems(problems: readonly string[]): Verdict {
  if (problems.length === 0) return { status: 'ok', message: 'Every file keeps the agreed form.' };
  return { status: 'failed', message: problems.slice(0, maxProblems).join('\n') };
}
