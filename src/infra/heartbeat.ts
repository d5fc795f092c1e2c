import type { Secret } from '../config/secret.ts';
import type { Log } from '../domain/log.ts';

const defaultEveryMs = 60_000;
const defaultTimeoutMs = 10_000;

export type Heartbeat = { stop(): Promise<void> };

/**
 * Calls an address now and every minute while the agent is well, so that a service outside notices when it is not
 * (a dead man's switch). The address is a secret: it is never logged. Failures are logged once, until it works again.
 */
export function startHeartbeat(options: {
  url: Secret;
  /** Rejects, or takes longer than the timeout, while the ground is away: then nobody is called. */
  isWell: () => Promise<unknown>;
  log: Log;
  fetch?: typeof globalThis.fetch;
  everyMs?: number;
  timeoutMs?: number;
}): Heartbeat {
  const { url, log, isWell, everyMs = defaultEveryMs, timeoutMs = defaultTimeoutMs } = options;
  const call = options.fetch ?? globalThis.fetch;
  const stopping = new AbortController();
  let isFailing = false;
  let beating: Promise<void> | null = null;

  const fail = (reason: string): void => {
    if (!isFailing && !stopping.signal.aborted) log.warn({ reason }, 'the heartbeat address was not reached');
    isFailing = true;
  };
  const beat = async (): Promise<void> => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]);
    // Not reaching our own ground is told elsewhere; here silence is the message.
    if (!(await answers(isWell, signal))) return;
    try {
      const response = await call(url.reveal(), { method: 'GET', redirect: 'manual', signal });
      await response.body?.cancel();
      if (!response.ok) return fail(`it answered with HTTP ${response.status}`);
      if (isFailing) log.info({}, 'the heartbeat address is reached again');
      isFailing = false;
    } catch (error) {
      fail(reasonOf(error));
    }
  };
  const begin = (): void => {
    beating ??= beat().finally(() => {
      beating = null;
    });
  };

  begin();
  const timer = setInterval(begin, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort(new Error('the heartbeat stops'));
      await beating;
    },
  };
}

async function answers(isWell: () => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const given = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  const well = isWell().then(
    () => true,
    () => false,
  );
  return await Promise.race([well, given]);
}

/** The name of what went wrong. Its message may hold the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error.name;
}
