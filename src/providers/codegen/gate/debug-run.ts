import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { SystemFailure } from '../../../domain/errors.ts';
import {
  type JobSheet,
  jobSheetSchema,
  type RunResult,
  runResultSchema,
} from '../../../domain/run-contract.ts';
import { createBundle } from '../../compute/bundle.ts';
import type { ScriptTrial } from '../../quality/contract.ts';
import { expectedOutputs } from './output-format.ts';

/** What is run: a script, whole or without one of its parts. */
export type DebugRun = ScriptTrial & { without?: string };

export type DebugRunOptions = {
  python: string;
  runnerPath: string;
  threads: number;
  memoryBytes: number | null;
  hiddenPaths: readonly string[];
};

const graceSeconds = 5;
/** Fetching the data, starting, and handing over; beside the script's own time. */
const runnerOverheadMs = 120_000;
const killPatienceMs = 10_000;
const maxOutputBytes = 512 * 1024 * 1024;
const maxFileBytes = 2 * 1024 * 1024 * 1024;
const maxProcesses = 256;

/**
 * Runs the script once with `--debug`, through the same runner as a real training, on this machine. Everything lies
 * below `folder`; the outputs are in its `out`.
 * @throws the signal's reason when it aborts
 */
export async function debugRun(
  request: DebugRun,
  options: DebugRunOptions,
  folder: string,
  signal: AbortSignal,
): Promise<RunResult> {
  const host = join(folder, 'host');
  const out = join(folder, 'out');
  await Promise.all([mkdir(host, { recursive: true }), mkdir(out, { recursive: true })]);
  const sheetPath = join(host, 'sheet.json');
  const sheet = await writeSheet(request, options, host, out);
  await writeFile(sheetPath, JSON.stringify(sheet));
  const limitMs = (request.debugLimitSeconds + graceSeconds) * 1000 + runnerOverheadMs;
  // The sheet and the place where its result goes are not for the script to see.
  const hidden = [...options.hiddenPaths, host, out];
  const errors = await runRunner(
    { ...options, hiddenPaths: hidden },
    sheetPath,
    join(folder, 'run'),
    limitMs,
    signal,
  );
  const body = await readFile(join(host, 'result.json'), 'utf8').catch(() => null);
  if (body !== null) return runResultSchema.parse(JSON.parse(body));
  throw new SystemFailure('The debug run ended without a result.', {
    code: 'quality.no_result',
    details: { errors: errors.slice(-2_000) },
  });
}

async function writeSheet(
  request: DebugRun,
  options: DebugRunOptions,
  host: string,
  out: string,
): Promise<JobSheet> {
  const bundle = join(host, 'bundle.tar.gz');
  await writeFile(bundle, await createBundle(bundleOf(request)));
  const names = (await readdir(request.dataFolder, { withFileTypes: true })).filter(
    (entry) => entry.isFile() && !(request.params !== undefined && entry.name === 'params.json'),
  );
  const paths = names.map(({ name }) => ({ name, path: join(request.dataFolder, name) }));
  const data = [...paths, ...(await writeParams(request, host))].map(async ({ name, path }) => ({
    name,
    ...(await downloadOf(path)),
  }));
  return jobSheetSchema.parse({
    schema: 1,
    job: 'quality-gate',
    token: randomUUID(),
    bundle: await downloadOf(bundle),
    data: await Promise.all(data),
    outputs: expectedOutputs(request.contract).map((name) => ({
      name,
      url: pathToFileURL(join(out, name)).href,
      required: true,
      maxBytes: maxOutputBytes,
    })),
    uploads: { heartbeat: null, log: null, result: pathToFileURL(join(host, 'result.json')).href },
    timeLimitSeconds: request.debugLimitSeconds,
    graceSeconds,
    seed: request.seed,
    debug: true,
    without: request.without ?? null,
    threads: options.threads,
    limits: {
      memoryBytes: options.memoryBytes,
      cpuSeconds: null,
      fileSizeBytes: maxFileBytes,
      processes: maxProcesses,
      diskBytes: maxFileBytes,
      idleSeconds: null,
    },
    isolation: { network: 'none' },
    install: false,
    python: options.python,
  });
}

async function writeParams({ params }: DebugRun, host: string): Promise<{ name: string; path: string }[]> {
  if (params === undefined) return [];
  const path = join(host, 'params.json');
  await writeFile(path, JSON.stringify(params));
  return [{ name: 'params.json', path }];
}

function bundleOf({ script, requirements, contract, seed, debugLimitSeconds }: DebugRun) {
  return {
    script,
    requirements,
    manifest: {
      schema: 1,
      competition: contract.problem.slug,
      approach: 'debug-run',
      seed,
      timeLimitSeconds: Math.max(1, Math.round(debugLimitSeconds)),
      expectedOutputs: expectedOutputs(contract),
    } as const,
  };
}

async function downloadOf(path: string): Promise<{ url: string; sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { url: pathToFileURL(path).href, sha256: hash.digest('hex'), sizeBytes: (await stat(path)).size };
}

/** @returns the runner's own words */
async function runRunner(
  options: DebugRunOptions,
  sheetPath: string,
  scratch: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<string> {
  const hidden = options.hiddenPaths.flatMap((path) => ['--hide', path]);
  const args = [options.runnerPath, sheetPath, '--scratch', scratch, '--watch-stdin', ...hidden];
  const child = spawn(options.python, args, {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    // A trial has no card: one of this machine may be another run's, and the time is measured without.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: homedir(), CUDA_VISIBLE_DEVICES: '' },
  });
  child.stdin.on('error', () => {});
  const closed = new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  const stopped = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let killTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    // The end of its input tells the runner to kill everything; the kill is for a runner that hangs.
    child.stdin.end();
    killTimer = setTimeout(() => child.kill('SIGKILL'), killPatienceMs);
  };
  stopped.addEventListener('abort', stop, { once: true });
  try {
    const [errors] = await Promise.all([text(child.stderr), closed]);
    signal.throwIfAborted();
    return errors;
  } finally {
    stopped.removeEventListener('abort', stop);
    clearTimeout(killTimer);
  }
}
