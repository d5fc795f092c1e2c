import { type ConfigurationFailure, TransientFailure } from '../../domain/errors.ts';
import { resetMsOf } from './wandb-failure.ts';

/** A key that was refused is not shown again for so long, unless another one is set. */
const refusedRestMs = 300_000;

export type WandbGuard = ReturnType<typeof createWandbGuard>;

/** Spares the service calls that it has refused already, or asked us not to make. */
export function createWandbGuard(options: { apiKey: { reveal(): string }; now: () => Date }) {
  const { apiKey, now } = options;
  let refusal: { key: string; atMs: number; failure: ConfigurationFailure } | null = null;
  let restUntilMs = 0;

  const standing = () => (refusal !== null && refusal.key === apiKey.reveal() ? refusal : null);

  return {
    /** @throws ConfigurationFailure what the key was refused with lately */
    requireKey(): void {
      const found = standing();
      if (found !== null && now().getTime() - found.atMs < refusedRestMs) throw found.failure;
    },
    refused(key: string, failure: ConfigurationFailure): void {
      refusal = { key, atMs: now().getTime(), failure };
    },
    accepted(): void {
      refusal = null;
    },
    /** @throws TransientFailure `wandb.busy` while the service wants no call */
    keepPace(): void {
      const leftMs = restUntilMs - now().getTime();
      if (leftMs <= 0) return;
      throw new TransientFailure('Weights & Biases asks us to slow down.', {
        code: 'wandb.busy',
        retryAfterMs: leftMs,
        details: { surelyNothingHappened: true },
      });
    },
    notePace(headers: Headers): void {
      if (headers.get('ratelimit-remaining') !== '0') return;
      restUntilMs = now().getTime() + (resetMsOf(headers) ?? 0);
    },
    problem(): { code: string; message: string } | null {
      const found = standing();
      return found === null ? null : { code: found.failure.code, message: found.failure.message };
    },
  };
}
