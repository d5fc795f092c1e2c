import type { Config } from '../config/load.ts';
import { asFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Closers } from '../infra/closers.ts';
import { createPatientFetch } from '../infra/patient-fetch.ts';
import type { LimitedVendor, Semaphore } from '../infra/semaphore.ts';
import type { Metrics } from '../ops/metrics.ts';
import { allowedPackages } from '../providers/codegen/gate/requirements-check.ts';
import type { LanguageModel, ModelLedger } from '../providers/llm/contract.ts';
import { createPolicy } from '../providers/policy.ts';
import { createAgentspace } from '../providers/research/agentspace.ts';
import { createAgentspaceCalls } from '../providers/research/agentspace-calls.ts';
import { createClaudeSearch } from '../providers/research/claude-search.ts';
import type { ResearchProvider } from '../providers/research/contract.ts';
import { createDistiller } from '../providers/research/distil.ts';
import { createGemini } from '../providers/research/gemini.ts';
import { createPageReader } from '../providers/research/page-reader.ts';
import { createPlaybookResearch } from '../providers/research/playbook.ts';
import type { ResearchService } from '../providers/research/service.ts';
import { createServiceResearch } from '../providers/research/service-research.ts';
import type { ServiceCheck } from './health.ts';
import { breakerCheck, reportedService } from './health-services.ts';

const callTimeoutMs = 60_000;
const connectTimeoutMs = 30_000;
/** Gaps of minutes were seen; twice as long is dead. Source: contract of Agentspace, A.10 */
const silenceMs = 600_000;
const microUsd = 1_000_000;

type Options = {
  config: Config;
  /** Null: what a service reports is not read by a model. */
  model: LanguageModel | null;
  ledger: ModelLedger;
  semaphore: (vendor: LimitedVendor) => Semaphore;
  metrics: Pick<Metrics, 'observeCall' | 'watchBreaker'>;
  version: string;
  closers: Closers;
  log: Log;
};

/** The research services that are configured, in the order in which they are asked, before the playbooks. */
export async function openResearch(
  options: Options,
): Promise<{ providers: ResearchProvider[]; checks: ServiceCheck[] }> {
  const { model, log, config } = options;
  const checks: ServiceCheck[] = [];
  const services: ResearchService[] = [
    ...(await openAgentspace(options, checks)),
    ...(await openGemini(options, checks)),
    ...(model === null
      ? []
      : [
          createClaudeSearch({
            model,
            role: config.research.webModel,
            maxSearches: config.research.webSearches,
          }),
          createPageReader(),
        ]),
  ];
  const distil = model === null ? null : createDistiller(model, { allowedPackages });
  const playbook = createPlaybookResearch();
  const providers = services.map((service) => createServiceResearch({ service, distil, playbook, log }));
  return { providers, checks };
}

/** Null settings of it: switched off. */
export function agentspaceOf({ research }: Pick<Config, 'research'>) {
  const { agentspaceProject: project, agentspaceApp: app, agentspaceKey: key } = research;
  if (project === null || app === null || key === null) return null;
  const location = research.agentspaceLocation;
  const host = location === 'global' ? '' : `${location}-`;
  const baseUrl = research.agentspaceBaseUrl ?? `https://${host}discoveryengine.googleapis.com`;
  const { agentspaceTokenUrl: tokenUrl, agentspaceVersion: version } = research;
  return { project, app, key, location, baseUrl, tokenUrl, version };
}

async function openAgentspace(options: Options, checks: ServiceCheck[]): Promise<ResearchService[]> {
  const settings = agentspaceOf(options.config);
  if (settings === null) return [];
  const { project, location, app, version, key, tokenUrl, baseUrl } = settings;
  // Google's libraries take their time to load; whoever has no key does not wait for them.
  const { createGoogleTokens } = await import('../providers/research/google-tokens.ts');
  const patient = createPatientFetch({ connectTimeoutMs, silenceMs });
  options.closers.add('agentspace', () => patient.close());
  const policy = policyOf('agentspace', options);
  const now = () => new Date();
  const calls = createAgentspaceCalls({
    baseUrl,
    project,
    tokens: createGoogleTokens({ vendor: 'agentspace', key, tokenUrl, fetch }),
    policy,
    fetch: patient.fetch,
    userAgent: `kaggle-agent/${options.version}`,
    idleMs: silenceMs,
    now,
  });
  checks.push(breakerCheck('agentspace', policy, 'medium'));
  return [reporting(createAgentspace({ calls, project, location, app, version, now }), checks)];
}

async function openGemini(options: Options, checks: ServiceCheck[]): Promise<ResearchService[]> {
  const { geminiKey, geminiBaseUrl, geminiAgent, geminiUsdPerResearch } = options.config.research;
  if (geminiKey === null) return [];
  const { createGeminiCalls } = await import('../providers/research/gemini-calls.ts');
  const policy = policyOf('gemini', options);
  const now = () => new Date();
  checks.push(breakerCheck('gemini', policy, 'medium'));
  const service = createGemini({
    calls: createGeminiCalls({ apiKey: geminiKey, baseUrl: geminiBaseUrl, policy, now }),
    agent: geminiAgent,
    ledger: options.ledger,
    microUsd: Math.round(geminiUsdPerResearch * microUsd),
    now,
  });
  return [reporting(service, checks)];
}

function policyOf(vendor: 'agentspace' | 'gemini', { semaphore, metrics }: Options) {
  const policy = createPolicy({
    vendor,
    limit: semaphore(vendor),
    timeoutMs: callTimeoutMs,
    now: () => new Date(),
    random: Math.random,
    onAttempt: (attempt) => metrics.observeCall(attempt),
  });
  metrics.watchBreaker(vendor, () => policy.state().breaker);
  return policy;
}

/** What an operator has to mend at a service shows in the health, until the service answers again. */
function reporting(service: ResearchService, checks: ServiceCheck[]): ResearchService {
  const reported = reportedService(`${service.name} settings`, { priority: 'medium' });
  checks.push(reported.check);
  return {
    ...service,
    async ask(question, request, call) {
      try {
        const whole = await service.ask(question, request, call);
        reported.up();
        return whole;
      } catch (error) {
        const failure = asFailure(error);
        if (failure.kind === 'configuration') reported.down(failure);
        throw error;
      }
    },
  };
}
