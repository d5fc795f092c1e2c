import { TransientFailure } from '../domain/errors.ts';
import type { Health, HealthPriority } from '../domain/health.ts';
import type { ObjectStore } from '../providers/objects/contract.ts';
import type { PolicyState } from '../providers/policy.ts';
import { freeBytesAt, littleSpaceBytes } from './free-space.ts';
import type { ServiceCheck } from './health.ts';
import type { Models } from './models.ts';

const gigabyte = 1_000_000_000;
const probeKey = 'health/probe';

/** A vendor as its breaker sees it; no call is made for it. */
export function breakerCheck(
  name: string,
  policy: { state(): PolicyState },
  priority: HealthPriority = 'high',
): ServiceCheck {
  return {
    name,
    priority,
    async check() {
      const { breaker, retryAfterMs } = policy.state();
      if (breaker === 'closed') return;
      const seconds = Math.ceil((retryAfterMs ?? 0) / 1_000);
      const next = seconds > 0 ? `calls are held back for ${seconds} s` : 'the next call tries again';
      throw new TransientFailure(`Half of the calls to ${nameOf(name)} failed lately; ${next}.`, {
        code: `${name}.unavailable`,
      });
    },
  };
}

/** `kaggle` becomes `Kaggle`, for sentences. */
function nameOf(vendor: string): string {
  return vendor.charAt(0).toUpperCase() + vendor.slice(1);
}

/** There is room for what runs write. */
export function diskCheck(folder: string): ServiceCheck {
  return {
    name: 'disk',
    priority: 'medium',
    async check() {
      const freeBytes = await freeBytesAt(folder);
      if (freeBytes > littleSpaceBytes) return;
      throw new TransientFailure(
        `Only ${(freeBytes / gigabyte).toFixed(1)} GB are free where the data folder lies (${folder}), so runs may fail soon: free some space.`,
        { code: 'disk.low' },
      );
    },
  };
}

/** The object store answers; whether the object is there does not matter. */
export function objectsCheck(objects: Pick<ObjectStore, 'head'>): ServiceCheck {
  return { name: 'objects', priority: 'high', check: () => objects.head(probeKey) };
}

export type ReportedService = {
  check: ServiceCheck;
  down(failure: NonNullable<Health['failure']>): void;
  up(): void;
};

/** A service that tells of itself when it goes down and up, as a chat's connection does. */
export function reportedService(
  name: string,
  options: { priority: HealthPriority; isToldElsewhere?: boolean },
): ReportedService {
  let failure: Health['failure'] = null;
  return {
    check: {
      name,
      ...options,
      async check() {
        if (failure !== null) throw new TransientFailure(failure.message, { code: failure.code });
      },
    },
    down({ code, message }) {
      failure = { code, message };
    },
    up() {
      failure = null;
    },
  };
}

/** Claude as its last calls showed it. Whether a refused key is taken by now is asked; of money only paid calls tell. */
export function claudeCheck({ claude, policy }: Models): ServiceCheck {
  const breaker = breakerCheck('claude', policy, 'medium');
  return {
    ...breaker,
    async check(signal) {
      const trouble = claude.trouble();
      if (trouble?.code === 'llm.key_refused') await claude.check({ signal });
      else if (trouble !== null) throw trouble;
      await breaker.check(signal);
    },
  };
}
