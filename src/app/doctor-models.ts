import type { Config } from '../config/load.ts';
import { asFailure } from '../domain/errors.ts';
import { isPriced } from '../domain/model-prices.ts';
import { createLocalSemaphore, vendorLimits } from '../infra/semaphore.ts';
import type { ModelFacts } from '../providers/llm/claude-models.ts';
import { createPolicy } from '../providers/policy.ts';
import { type Finding, off, ok } from './doctor-chats.ts';

const callTimeoutMs = 8_000;
const page = 'docs/how-to/language-models.md';
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Whether the key opens Claude, and whether the models that are set are there, current and priced. Nothing is paid. */
export async function lookAtModels(config: Config, signal: AbortSignal): Promise<Finding> {
  const { claudeKey, strong, cheap, prices } = config.models;
  if (claudeKey === null) {
    return off('no language model: playbooks and baseline generator', `set ANTHROPIC_API_KEY (${page})`);
  }
  let known: readonly ModelFacts[];
  try {
    known = await readModels(config, claudeKey, signal);
  } catch (error) {
    const { message, code } = asFailure(error);
    return { status: 'error', message, next: adviceFor(code) };
  }
  const names = [...new Set([...strong, ...cheap])];
  const problems = names.flatMap((name) => problemOf(name, known, isPriced(prices, name, new Date())));
  const summary = `Claude; plans and code ${strong.join(', then ')}; summaries and checks ${cheap.join(', then ')}; caps ${capsOf(config)}`;
  if (problems.length === 0) return ok(summary);
  const isStuck = [strong, cheap].some((role) => role.every((name) => isGone(name, known)));
  return {
    status: isStuck ? 'error' : 'warn',
    message: [summary, ...problems].join('; '),
    next: `set KAGGLE_AGENT_MODEL_STRONG and _CHEAP (${page})`,
  };
}

/** Who writes the scripts. Whether Claude answers is told beside `models`. */
export function whoWrites({ models: { claudeKey, strong } }: Config): string {
  return claudeKey === null
    ? 'built-in baseline generator'
    : `Claude (${strong.join(', then ')}); built-in baseline generator for the first script, and where Claude cannot`;
}

async function readModels(
  { models }: Config,
  apiKey: NonNullable<Config['models']['claudeKey']>,
  signal: AbortSignal,
): Promise<readonly ModelFacts[]> {
  const [{ createModelCatalogue }, { createClaudeSdk }] = await Promise.all([
    import('../providers/llm/claude-models.ts'),
    import('../providers/llm/claude-sdk.ts'),
  ]);
  const now = () => new Date();
  const catalogue = createModelCatalogue({
    sdk: createClaudeSdk({
      apiKey,
      baseUrl: models.claudeUrl,
      fetch,
      timeoutMs: callTimeoutMs,
      stallMs: callTimeoutMs,
    }),
    policy: createPolicy({
      vendor: 'claude',
      limit: createLocalSemaphore(vendorLimits.claude),
      timeoutMs: callTimeoutMs,
      now,
      random: Math.random,
      maxAttempts: 1,
    }),
    log: silent,
    now,
  });
  return await catalogue.refresh(signal);
}

function problemOf(name: string, known: readonly ModelFacts[], priced: boolean): string[] {
  const found = known.find(({ id }) => id === name);
  const price = priced ? [] : [`${name} has no price, so it is reckoned at the dearest`];
  if (found === undefined) return [`${name} is not in Claude's list`, ...price];
  if (found.lifecycle === 'retired') return [`${name} is retired`];
  const until = found.retiresAt === null ? '' : ` on ${found.retiresAt.slice(0, 10)}`;
  return [...(found.lifecycle === 'deprecated' ? [`${name} will be retired${until}`] : []), ...price];
}

function isGone(name: string, known: readonly ModelFacts[]): boolean {
  const found = known.find(({ id }) => id === name);
  return found === undefined || found.lifecycle === 'retired';
}

function capsOf({ budgets }: Config): string {
  return `$${budgets.llmUsdPerDay} a day, $${budgets.llmUsdPerCompetition} a competition`;
}

function adviceFor(code: string): string {
  if (code === 'llm.key_refused') return 'new key at platform.claude.com, then ANTHROPIC_API_KEY';
  return `look whether ANTHROPIC_BASE_URL can be reached (${page})`;
}

function ignore(): void {}
