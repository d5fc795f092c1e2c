import type { Context } from '../../context.ts';
import { isQuiet } from '../../domain/quiet-hours.ts';
import { claimNudges } from '../../state/decisions.ts';
import { readPreferences } from '../../state/preferences.ts';

/**
 * Every minute: open questions are reminded of at half of their time, and escalated at three quarters. Each is
 * claimed together with the event that shows it, so that it is told once, whatever dies in between. In quiet hours
 * both wait for the morning, but for what cannot.
 * @returns how many were claimed
 */
export async function nudgePeople(
  ctx: Pick<Context, 'state' | 'policy' | 'log' | 'now' | 'actor'>,
): Promise<number> {
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  const nudges = await claimNudges(ctx.state, {
    isQuiet: isQuiet(preferences, ctx.now()),
    actor: ctx.actor,
  });
  for (const { slug, decisionId, step } of nudges) {
    ctx.log.info({ competition: slug, decision: decisionId, step }, 'people are reminded of a decision');
  }
  return nudges.length;
}
