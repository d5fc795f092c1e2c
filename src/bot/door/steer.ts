import type { RequestedLimits } from '../../domain/command-results.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import type { Preferences } from '../../domain/preferences.ts';
import { answerBudgetChanged } from '../answers/budget.ts';
import { answerConfig, answerConfigChanged } from '../answers/config.ts';
import { answerPaused, answerResumed, answerStart, answerStopped, askToStop } from '../answers/moves.ts';
import type { BudgetChange } from '../command.ts';
import type { Reply } from '../door.ts';
import { refuse } from './permit.ts';
import { announce, privately, publicly, type Turn } from './turn.ts';

export async function start(
  turn: Turn,
  { slug, limits, priority }: { slug: string; limits: RequestedLimits; priority: number | null },
): Promise<Reply> {
  const refused = await refuse(turn, 'start', { slug });
  if (refused !== null) return refused;
  const result = await turn.flows.start({ slug, limits, ...(priority === null ? {} : { priority }) });
  return announce(turn, result.outcome !== 'already', (scene) => answerStart(scene, result));
}

export async function pause(turn: Turn, slug: string): Promise<Reply> {
  const refused = await refuse(turn, 'pause', { slug });
  if (refused !== null) return refused;
  const result = await turn.flows.pause({ slug });
  return announce(turn, result.outcome === 'done', (scene) => answerPaused(scene, result));
}

export async function resume(turn: Turn, slug: string): Promise<Reply> {
  const refused = await refuse(turn, 'resume', { slug });
  if (refused !== null) return refused;
  const result = await turn.flows.resume({ slug });
  return announce(turn, result.outcome === 'done', (scene) => answerResumed(scene, result));
}

/** The first step: a question with a red button. What has ended already needs none. */
export async function stop(turn: Turn, slug: string): Promise<Reply> {
  const refused = await refuse(turn, 'stop', { slug });
  if (refused !== null) return refused;
  const overview = await turn.flows.status({ slug });
  if (isFinal(overview.state)) {
    const result = { competition: overview, outcome: 'already' as const };
    return privately(turn, (scene) => answerStopped(scene, result));
  }
  return privately(turn, (scene) => askToStop(scene, overview));
}

/** The second step. */
export async function stopNow(turn: Turn, slug: string): Promise<Reply> {
  const refused = await refuse(turn, 'stop-now', { slug });
  if (refused !== null) return refused;
  const result = await turn.flows.stop({ slug });
  return announce(turn, result.outcome === 'done', (scene) => answerStopped(scene, result));
}

export async function changeBudget(turn: Turn, change: BudgetChange): Promise<Reply> {
  const refused = await refuse(turn, 'budget-change');
  if (refused !== null) return refused;
  const before = await turn.flows.budget({ slug: null });
  await turn.flows.setBudget(change);
  return publicly(turn, (scene) => answerBudgetChanged(scene, change, before.caps[change.scope]));
}

export async function showConfig(turn: Turn): Promise<Reply> {
  const preferences = await turn.flows.preferences();
  turn.memory.keepPreferences(preferences);
  return privately(turn, (scene) => answerConfig(scene, preferences));
}

export async function changeConfig(turn: Turn, change: Partial<Preferences>): Promise<Reply> {
  const refused = await refuse(turn, 'config-change');
  if (refused !== null) return refused;
  const preferences = await turn.flows.setPreferences(change);
  turn.memory.keepPreferences(preferences);
  return publicly(turn, (scene) => answerConfigChanged(scene, preferences));
}
