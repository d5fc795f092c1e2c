import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Instance } from '../../providers/compute/contract.ts';
import { getTrainingJob, listOpenGpuSessions } from '../../state/training.ts';
import { outputPrefix } from './judge-run.ts';
import { providerOf, rentedProviders } from './providers.ts';

type ReleaseContext = Pick<Context, 'compute' | 'state' | 'objects' | 'log'>;

/**
 * Ends every rented machine that carries our label, for an agent that stops and will not watch over them.
 * What the vendors list counts, not our rows. A run that is about to deliver is waited for; where the database does
 * not say whose run it is, the machine ends at once. Never throws.
 * @param input.signal ends all calls and waits; what is left then goes by its own time limit
 * @returns how many were ended, and how many could not be
 */
export async function releaseMachines(
  ctx: ReleaseContext,
  input: { resultWaitMs: number; pollMs: number; signal: AbortSignal },
): Promise<{ released: number; left: number }> {
  const rented = await listRented(ctx, input.signal);
  if (rented.length === 0) return { released: 0, left: 0 };
  const resultOf = await resultKeys(ctx, input.signal);
  const ended = await Promise.all(
    rented.map(async (instance) => {
      await waitForResult(ctx, resultOf.get(instance.key ?? ''), input);
      return await release(ctx, instance, input.signal);
    }),
  );
  const released = ended.filter(Boolean).length;
  return { released, left: ended.length - released };
}

async function listRented(ctx: ReleaseContext, signal: AbortSignal): Promise<Instance[]> {
  const lists = await Promise.all(
    rentedProviders(ctx).map((provider) =>
      within(provider.list({ signal, isFresh: true }), signal).catch((error: unknown) => {
        ctx.log.error({ err: asFailure(error), provider: provider.name }, 'machines could not be listed');
        return [];
      }),
    ),
  );
  return lists.flat().filter(({ key }) => key !== null);
}

/** By a machine's key, where its run puts its result; empty with the database gone. */
async function resultKeys(ctx: ReleaseContext, signal: AbortSignal): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  try {
    for (const { key, jobId, token } of await within(listOpenGpuSessions(ctx.state), signal)) {
      const job = await within(getTrainingJob(ctx.state, jobId), signal);
      if (job !== null) keys.set(key, `${outputPrefix(job, token)}/result.json`);
    }
  } catch (error) {
    ctx.log.warn({ err: asFailure(error) }, 'nobody can say whose the rented machines are');
  }
  return keys;
}

async function waitForResult(
  ctx: ReleaseContext,
  key: string | undefined,
  input: { resultWaitMs: number; pollMs: number; signal: AbortSignal },
): Promise<void> {
  if (key === undefined) return;
  const deadline = performance.now() + input.resultWaitMs;
  while (performance.now() < deadline && !input.signal.aborted) {
    const found = await within(ctx.objects.head(key), input.signal).catch(() => null);
    if (found !== null) return;
    await sleep(input.pollMs, undefined, { signal: input.signal }).catch(() => undefined);
  }
}

async function release(ctx: ReleaseContext, instance: Instance, signal: AbortSignal): Promise<boolean> {
  const fields = { provider: instance.provider, instance: instance.id, key: instance.key };
  try {
    const provider = providerOf(ctx, instance.provider);
    if (provider === undefined) return false;
    await within(provider.stop(instance.id, { signal }), signal);
    ctx.log.warn(fields, 'machine released, because the agent stops');
    return true;
  } catch (error) {
    ctx.log.error({ ...fields, err: asFailure(error) }, 'a machine could not be released');
    return false;
  }
}

/** Whoever does not listen to the signal is left behind. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = Promise.withResolvers<never>();
  const giveUp = () => over.reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
