import type { Config } from '../config/load.ts';
import { asFailure, ConfigurationFailure } from '../domain/errors.ts';
import { createLocalSemaphore } from '../infra/semaphore.ts';
import type { Metrics } from '../ops/metrics.ts';
import { createPolicy } from '../providers/policy.ts';
import type { RunTracker } from '../providers/tracking/contract.ts';
import { createWandbTracker } from '../providers/tracking/wandb.ts';
import { type Finding, off, ok } from './doctor-chats.ts';
import type { ServiceCheck } from './health.ts';
import { breakerCheck } from './health-services.ts';
import { readVersion } from './version.ts';

/** One process at a time tells of runs, one after another; the others only look. */
const callsAtOnce = 2;
const callTimeoutMs = 30_000;
const hostedApi = 'https://api.wandb.ai';
const hostedPages = 'https://wandb.ai';

export type Tracking = { tracker: RunTracker; check: ServiceCheck };

type Options = {
  config: Config;
  metrics: Pick<Metrics, 'observeCall' | 'watchBreaker'> | null;
  version: string;
};

/** Weights & Biases where a key is set; null: what runs tell stays in the database alone. */
export function openTracker({ config, metrics, version }: Options): Tracking | null {
  const { wandbKey, wandbEntity, wandbProject, wandbUrl } = config.tracking;
  if (wandbKey === null) return null;
  const policy = createPolicy({
    vendor: 'wandb',
    limit: createLocalSemaphore(callsAtOnce),
    timeoutMs: callTimeoutMs,
    now: () => new Date(),
    random: Math.random,
    onAttempt: (attempt) => metrics?.observeCall(attempt),
  });
  metrics?.watchBreaker('wandb', () => policy.state().breaker);
  const tracker = createWandbTracker({
    baseUrl: wandbUrl,
    appUrl: wandbUrl === hostedApi ? hostedPages : wandbUrl,
    entity: wandbEntity,
    project: wandbProject,
    apiKey: wandbKey,
    fetch,
    policy,
    userAgent: `kaggle-agent/${version}`,
    now: () => new Date(),
  });
  const breaker = breakerCheck('wandb', policy, 'medium');
  const check: ServiceCheck = {
    ...breaker,
    async check(signal) {
      const problem = tracker.problem();
      if (problem !== null) throw new ConfigurationFailure(problem.message, { code: problem.code });
      await breaker.check(signal);
    },
  };
  return { tracker, check };
}

/** For `doctor`: who the key belongs to. */
export async function lookAtTracking(config: Config, signal: AbortSignal): Promise<Finding> {
  const opened = openTracker({ config, metrics: null, version: readVersion() });
  if (opened === null) {
    return off(
      'metrics of training runs stay in the database; Weights & Biases: not set',
      'set WANDB_API_KEY (wandb.ai/authorize)',
    );
  }
  const next = 'set WANDB_API_KEY anew (wandb.ai/authorize); training goes on without it';
  try {
    const account = await opened.tracker.whoAmI({ signal });
    if (account === null) {
      return { status: 'error', message: 'Weights & Biases does not accept WANDB_API_KEY.', next };
    }
    const place = `${config.tracking.wandbEntity ?? account.entity ?? '?'}/${config.tracking.wandbProject}`;
    return ok(`Weights & Biases as ${account.username}, runs in ${place}`);
  } catch (error) {
    const failure = asFailure(error);
    const isKey = failure.kind === 'configuration';
    return { status: isKey ? 'error' : 'warn', message: failure.message, next: isKey ? next : null };
  }
}
