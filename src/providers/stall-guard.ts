import { TransientFailure } from '../domain/errors.ts';
import { vendorName } from './failure-of.ts';

export type StallGuard = {
  /** Aborts with the caller's signal, or when nothing moved for too long. */
  signal: AbortSignal;
  /** Something moved. */
  touch(): void;
  /** Stops watching. */
  end(): void;
};

/** Large transfers have no sensible time limit of their own; what must not happen is that they stand still. */
export function guardStall(
  vendor: string,
  signal: AbortSignal,
  stallMs: number,
  what = 'a file',
): StallGuard {
  const controller = new AbortController();
  const stop = (): void =>
    controller.abort(
      new TransientFailure(`${vendorName(vendor)} stopped sending in the middle of ${what}.`, {
        code: `${vendor}.stalled`,
      }),
    );
  let timer = setTimeout(stop, stallMs);
  return {
    signal: AbortSignal.any([signal, controller.signal]),
    touch() {
      clearTimeout(timer);
      if (!controller.signal.aborted) timer = setTimeout(stop, stallMs);
    },
    end() {
      clearTimeout(timer);
    },
  };
}
