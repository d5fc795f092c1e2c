import { answerGpusAllowed, answerGpusStopped } from '../answers/gpus.ts';
import type { Reply } from '../door.ts';
import { refuse } from './permit.ts';
import { publicly, show, type Turn } from './turn.ts';

/** The emergency stop asks nobody twice: what ran begins anew once machines are allowed again. */
export async function stopGpus(turn: Turn): Promise<Reply> {
  const refused = await refuse(turn, 'gpus-stop');
  if (refused !== null) return refused;
  const result = await turn.flows.stopGpus({ reason: null });
  // No card tells it, so it is said in the home channel too.
  return publicly(turn, (scene) => answerGpusStopped(scene, result));
}

/** It lets money be spent again. */
export async function allowGpus(turn: Turn): Promise<Reply> {
  const refused = await refuse(turn, 'gpus-allow');
  if (refused !== null) return refused;
  const result = await turn.flows.allowGpus();
  return show(turn, result.outcome === 'done', (scene) => answerGpusAllowed(scene, result));
}
