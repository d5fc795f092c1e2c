import { asFailure, TransientFailure } from '../../domain/errors.ts';
import { ResearchPending } from './contract.ts';

/**
 * Looks at a research that is at work and paid for. That it cannot be looked at for a moment, as where the network is
 * away, is no reason to give it up.
 * @throws ResearchPending while there is time, and what `look` fails with
 */
export async function lookPatiently<T>(
  look: () => Promise<T>,
  { hasTime, lookAgainMs, signal }: { hasTime: boolean; lookAgainMs: number; signal: AbortSignal },
): Promise<T> {
  return await look().catch((error: unknown) => {
    signal.throwIfAborted();
    const failure = asFailure(error);
    if (!hasTime || !(failure instanceof TransientFailure)) throw error;
    throw new ResearchPending(Math.max(lookAgainMs, failure.retryAfterMs ?? 0), failure.message);
  });
}
