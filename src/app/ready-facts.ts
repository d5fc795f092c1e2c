import type { ReadyFacts } from '../cli/commands.ts';
import type { Config } from '../config/load.ts';
import { isFinal } from '../domain/competition-machine.ts';
import { stateWords } from '../domain/overview.ts';
import type { Agent } from './agent.ts';
import type { OpenChats } from './chats.ts';
import { readVersion } from './version.ts';

/** What a person is told when the agent is ready. */
export async function readyFacts(
  agent: Agent,
  config: Config,
  { hasPrompt, chats }: { hasPrompt: boolean; chats: OpenChats | null },
): Promise<ReadyFacts> {
  const known = await agent.flows.list();
  const resumed = known
    .filter(({ state }) => !isFinal(state))
    .map(({ slug, state, round }) => `${slug}, round ${round}: ${stateWords[state]}`);
  const { gpuUsdPerHour, gpuUsdPerDay, llmUsdPerDay } = config.budgets;
  return {
    version: readVersion(),
    role: roleOf(config),
    readyMs: agent.readyMs,
    hasPrompt,
    pageUrl: chats?.pageUrl ?? null,
    opsPage: agent.opsPage,
    chats: chats?.names ?? null,
    kaggle: agent.competitions.description,
    database: agent.database.description,
    queue: agent.queueing.description,
    caps: { gpuUsdPerHour, gpuUsdPerDay, llmUsdPerDay },
    dataFolder: agent.places.root,
    resumed,
  };
}

function roleOf({ general }: Config): string | null {
  if (general.roles === null && general.queues === null) return null;
  const roles = (general.roles ?? ['everything']).join(', ');
  return general.queues === null ? roles : `${roles}; takes jobs of ${general.queues.join(', ')}`;
}
