import { TransientFailure } from '../../domain/errors.ts';
import { hasSurelyDoneNothing } from '../failure-of.ts';
import { type KaggleCalls, type RpcCall, refusalDetails } from './calls.ts';

/**
 * A call with an effect that must not be doubled: it is tried again only where Kaggle surely did nothing with it.
 * @throws TransientFailure `kaggle.outcome_unknown` with the given words when it may have had its effect; any other
 * failure: surely nothing happened
 */
export async function callOnce<T>(
  calls: Pick<KaggleCalls, 'run' | 'ask'>,
  { unknownMessage, ...call }: RpcCall<T> & { unknownMessage: string },
): Promise<T> {
  // True from the moment a request is on its way until an answer says that it had no effect.
  let mayExist = false;
  const { method: name, signal } = call;
  try {
    return await calls.run({ name, idempotent: false, signal }, async (attemptSignal) => {
      mayExist = true;
      try {
        return await calls.ask({ ...call, signal: attemptSignal });
      } catch (error) {
        mayExist = !isDefinite(error);
        throw error;
      }
    });
  } catch (cause) {
    if (!mayExist) throw cause;
    throw new TransientFailure(unknownMessage, { code: 'kaggle.outcome_unknown', cause });
  }
}

/** Kaggle has surely not acted: it refused in so many words, or was never reached. */
function isDefinite(error: unknown): boolean {
  const status = refusalDetails(error)?.status ?? 0;
  // 409 might mean that it is there already; 408 is a timeout.
  return hasSurelyDoneNothing(error) || (status >= 400 && status < 500 && status !== 408 && status !== 409);
}
