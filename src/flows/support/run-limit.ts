import type { Context, Policy } from '../../context.ts';
import { type Competition, listTransitions } from '../../state/competitions.ts';
import { secondsLeft } from './time-left.ts';

type LimitContext = { policy: Pick<Policy, 'trainingTimeLimitSeconds'> } & Pick<Context, 'now'>;

/** Of the competition's own time: one run shall not take what the others, and the hand-in, need. */
const shareOfLeft = 0.25;
/** Less lets nothing be learnt. */
const leastSeconds = 60;

/**
 * Wall time of one training run: the setting's, or a quarter of what is left of the competition's own limit.
 * @param most the setting of the machine's kind, in seconds
 */
export function runLimitSeconds(
  { policy, now }: LimitContext,
  competition: Pick<Competition, 'limits' | 'admittedAt'>,
  { at = now(), most = policy.trainingTimeLimitSeconds }: { at?: Date | undefined; most?: number } = {},
): number {
  const left = secondsLeft(competition, at);
  return left === null ? most : Math.min(most, Math.max(leastSeconds, Math.floor(left * shareOfLeft)));
}

/** The same as scripts are written and judged for: as it stood when the stage began, so that a repeated job asks the same. */
export async function scriptLimitSeconds(
  ctx: LimitContext & Pick<Context, 'state'>,
  competition: Competition,
  most = ctx.policy.trainingTimeLimitSeconds,
): Promise<number> {
  if (competition.limits.timeLimitSeconds === null) return most;
  return runLimitSeconds(ctx, competition, { at: await stageBeganAt(ctx, competition), most });
}

/** When the competition came to its stage last. */
export async function stageBeganAt(
  ctx: Pick<Context, 'state'>,
  { id, state }: Pick<Competition, 'id' | 'state'>,
): Promise<Date | undefined> {
  const transitions = await listTransitions(ctx.state, id);
  return transitions.findLast(({ toState, refused }) => !refused && toState === state)?.at;
}
