import { asFailure } from '../../domain/errors.ts';
import { type Attempt, answerFailure } from '../answers/failure.ts';
import type { Reply } from '../door.ts';
import { privately, type Turn } from './turn.ts';

const refLength = 4;

/** Nothing was asked for that could be offered again. */
export const noAttempt: Attempt = { verb: null, slug: null };

/** Carries something out; a failure is an answer too, with a reference that is in the log as well. */
export async function attempt<Answer>(
  turn: Turn,
  asked: Attempt,
  act: () => Promise<Answer>,
): Promise<Answer | Reply> {
  try {
    return await act();
  } catch (error) {
    const failure = asFailure(error);
    const ref = `e_${crypto.randomUUID().slice(0, refLength).toUpperCase()}`;
    const { actor } = turn.person;
    if (failure.kind === 'system') turn.log.error({ err: failure, ref, actor }, 'an answer failed');
    else turn.log.info({ code: failure.code, ref, actor }, 'an answer is a refusal');
    return privately(turn, (scene) => answerFailure(scene, failure, ref, asked));
  }
}
