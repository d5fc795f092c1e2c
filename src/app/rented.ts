import type { Config } from '../config/load.ts';
import { createLocalSemaphore, type Semaphore, vendorLimits } from '../infra/semaphore.ts';
import type { Metrics } from '../ops/metrics.ts';
import { withCachedList } from '../providers/compute/cached-list.ts';
import type { ComputeProvider } from '../providers/compute/contract.ts';
import { createSaladcloudCompute, type SaladcloudComputeOptions } from '../providers/compute/saladcloud.ts';
import { priorities } from '../providers/compute/saladcloud-market.ts';
import { createVastCompute, type VastOptions } from '../providers/compute/vast.ts';
import { vastKinds } from '../providers/compute/vast-query.ts';
import { createPolicy, type Policy } from '../providers/policy.ts';
import type { ServiceCheck } from './health.ts';
import { breakerCheck } from './health-services.ts';

const saladTimeoutMs = 30_000;
/** A call waits for its turn inside: that vendor wants seconds between two calls of a kind. */
const vastTimeoutMs = 180_000;
const vastCallsAtOnce = 4;
/** However many runs are watched. */
const listMaxAgeMs = 15_000;
const installationCharacters = 8;

export type RentedOptions = {
  config: Pick<Config, 'saladcloud' | 'vast'>;
  /** Of the database: what tells our machines from others on the same account. */
  installationId: string;
  /** Shared by all processes; a process alone has its own. */
  semaphore?: (vendor: 'saladcloud') => Semaphore;
  metrics: Pick<Metrics, 'observeCall' | 'watchBreaker'> | null;
  version: string;
  /** Of one call; the policy's own number where it is left out. */
  maxAttempts?: number;
  /** Waits and gaps, shortened where a vendor's time runs faster than ours. */
  tuning?: {
    saladcloud?: Partial<SaladcloudComputeOptions>;
    vast?: Partial<VastOptions>;
    listMaxAgeMs?: number;
  };
};

export type Rented = { providers: ComputeProvider[]; checks: ServiceCheck[] };

/** `ka-<8 hex>-`: every machine of this installation carries it, and no other machine is ever touched. */
export function labelPrefixOf(installationId: string): string {
  return `ka-${installationId.replaceAll('-', '').slice(0, installationCharacters)}-`;
}

/** The vendors whose keys are set; nothing is called yet. */
export function openRented(options: RentedOptions): Rented {
  const opened = [openSaladcloud(options), openVast(options)].filter((one) => one !== null);
  return {
    providers: opened.map(({ provider }) =>
      withCachedList(provider, {
        maxAgeMs: options.tuning?.listMaxAgeMs ?? listMaxAgeMs,
        now: () => new Date(),
      }),
    ),
    checks: opened.map(({ provider, policy }) => breakerCheck(provider.name, policy)),
  };
}

type Opened = { provider: ComputeProvider; policy: Policy };

function openSaladcloud(options: RentedOptions): Opened | null {
  const { apiKey, organization, project, baseUrl, countries, priorities: wanted } = options.config.saladcloud;
  if (apiKey === null || organization === null || project === null) return null;
  const limit = options.semaphore?.('saladcloud') ?? createLocalSemaphore(vendorLimits.saladcloud);
  const policy = policyFor(options, { vendor: 'saladcloud', limit, timeoutMs: saladTimeoutMs });
  const provider = createSaladcloudCompute({
    baseUrl,
    organization,
    project,
    ...shared(options, apiKey, policy),
    priorities: priorities.filter((priority) => wanted.includes(priority)),
    countries,
    ...options.tuning?.saladcloud,
  });
  return { provider, policy };
}

function openVast(options: RentedOptions): Opened | null {
  const { apiKey, baseUrl, kinds } = options.config.vast;
  if (apiKey === null) return null;
  const limit = createLocalSemaphore(vastCallsAtOnce);
  const policy = policyFor(options, { vendor: 'vast', limit, timeoutMs: vastTimeoutMs });
  const provider = createVastCompute({
    baseUrl,
    ...shared(options, apiKey, policy),
    random: Math.random,
    kinds: vastKinds.filter((kind) => kinds === 'both' || kinds === kind),
    ...options.tuning?.vast,
  });
  return { provider, policy };
}

function shared(options: RentedOptions, apiKey: { reveal(): string }, policy: Policy) {
  return {
    apiKey,
    labelPrefix: labelPrefixOf(options.installationId),
    fetch,
    policy,
    userAgent: `kaggle-agent/${options.version}`,
    now: () => new Date(),
  };
}

function policyFor(
  { metrics, maxAttempts }: RentedOptions,
  { vendor, limit, timeoutMs }: { vendor: string; limit: Semaphore; timeoutMs: number },
): Policy {
  const policy = createPolicy({
    vendor,
    limit,
    timeoutMs,
    now: () => new Date(),
    random: Math.random,
    onAttempt: (attempt) => metrics?.observeCall(attempt),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
  metrics?.watchBreaker(vendor, () => policy.state().breaker);
  return policy;
}
