import type { Config } from '../config/load.ts';
import { createLocalSemaphore } from '../infra/semaphore.ts';
import { createPolicy } from '../providers/policy.ts';
import type { Finding } from './doctor-chats.ts';
import { agentspaceOf } from './research.ts';

const callTimeoutMs = 8_000;
/** An interaction that nobody has: a good key is told so. */
const nothing = 'kaggle-agent-doctor';

/**
 * Who is asked for research, in order. Keys are tried in a way that costs nothing; whether Google lets the account use
 * Deep Research shows at the first question alone.
 * @throws ConfigurationFailure and TransientFailure of the services
 */
export async function lookAtResearch(
  config: Config,
  hasModel: boolean,
  signal: AbortSignal,
): Promise<Finding> {
  const { geminiKey, geminiBaseUrl, geminiAgent, webSearches, deepQuestions } = config.research;
  const agentspace = agentspaceOf(config);
  if (agentspace !== null) {
    const { key, tokenUrl } = agentspace;
    const { createGoogleTokens } = await import('../providers/research/google-tokens.ts');
    await createGoogleTokens({ vendor: 'agentspace', key, tokenUrl, fetch }).token({ signal });
  }
  if (geminiKey !== null) {
    const { createGeminiCalls } = await import('../providers/research/gemini-calls.ts');
    const now = () => new Date();
    const policy = createPolicy({
      vendor: 'gemini',
      limit: createLocalSemaphore(1),
      timeoutMs: callTimeoutMs,
      maxAttempts: 1,
      now,
      random: Math.random,
    });
    await createGeminiCalls({ apiKey: geminiKey, baseUrl: geminiBaseUrl, policy, now }).find(nothing, signal);
  }
  const asked = [
    ...(agentspace === null ? [] : [`Agentspace (${agentspace.project}, ${agentspace.location})`]),
    ...(geminiKey === null ? [] : [`Gemini (${geminiAgent})`]),
    ...(hasModel && webSearches > 0 ? ['Claude with web search'] : []),
    'built-in playbooks',
  ];
  const finding: Finding = { status: 'ok', message: asked.join(', then '), next: null };
  return geminiKey === null ? finding : withBudget(config, deepQuestions, finding);
}

/** Deep research that no cap allows would be asked for in vain each time. */
function withBudget({ research, budgets }: Config, deepQuestions: number, finding: Finding): Finding {
  const dollars = research.geminiUsdPerResearch;
  const most = Math.min(budgets.llmUsdPerDay, budgets.llmUsdPerCompetition);
  if (deepQuestions === 0 || dollars <= most) return finding;
  return {
    status: 'warn',
    message: `${finding.message}; but one research of Gemini counts for $${dollars.toFixed(2)}, and the caps allow $${most.toFixed(2)}`,
    next: 'raise KAGGLE_AGENT_LLM_USD_PER_DAY and KAGGLE_AGENT_LLM_USD_PER_COMPETITION',
  };
}
