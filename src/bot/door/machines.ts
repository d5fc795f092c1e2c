import { answerGpusAllowed, answerGpusStopped } from '../answers/gpus.ts';
import type { Reply } from '../door.ts';
import { refuse } from './permit.ts';
import { announce, type Turn } from './turn.ts';

/** The emergency stop asks nobody twice: what ran begins anew once machines are allowed again. */
export async function stopGpus(turn: Turn): Promise<Reply> {
  const refused = await refuse(turn, 'gpus-stop');
  if (refused !== null) return refused;
  const result = await turn.flows.stopGpus({ reason: null });
  return announce(turn, true, (scene) => answerGpusStopped(scene, result));
}

/** It lets money be spent again. */
export async function allowGpus(turn: Turn): Promise<Reply> {
  const refused = await refuse(turn, 'gpus-allow');
  if (refused !== null) return refused;
  const result = await turn.flows.allowGpus();
  return announce(turn, result.outcome === 'done', (scene) => answerGpusAllowed(scene, result));
}
