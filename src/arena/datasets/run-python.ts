import { spawn } from 'node:child_process';
import { ConfigurationFailure } from '../../domain/errors.ts';

/** Last bytes of what a script says; a Python traceback ends with what matters. */
const tailBytes = 2000;

/** Threads that spin while they wait make training many times slower on a machine that does other work. */
const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  PYTHONWARNINGS: 'ignore',
  OMP_NUM_THREADS: '2',
  OMP_WAIT_POLICY: 'PASSIVE',
  OPENBLAS_NUM_THREADS: '1',
};

/**
 * Runs one of our Python scripts to its end, with an environment of its own.
 * @throws ConfigurationFailure `arena.reference_failed`
 */
export async function runPython(options: {
  python: string;
  script: string;
  arguments: readonly string[];
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<void> {
  const { python, script, timeoutMs } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  const child = spawn(python, ['-B', script, ...options.arguments], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment,
    signal,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-tailBytes);
  });
  const outcome = await new Promise<{ code: number | null; error: Error | null }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('close', (code) => resolve({ code, error: null }));
  });
  if (outcome.code === 0) return;
  options.signal.throwIfAborted();
  const reason = said.trim().split('\n').at(-1) ?? '';
  const fault = signal.aborted
    ? `did not end within ${timeoutMs / 1000} s`
    : reason || outcome.error?.message;
  throw new ConfigurationFailure(
    `${python} could not prepare the practice data (${fault}); it needs pandas and scikit-learn: run script/setup.`,
    { code: 'arena.reference_failed', cause: outcome.error, details: { said } },
  );
}
