import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import {
  admitCompetitions,
  limitsSchema,
  listCompetitions,
  requestCompetition,
  seeCompetition,
} from '../../state/competitions.ts';
import { judgeFeasibility } from './judge-feasibility.ts';
import { detailsOf } from './look-up.ts';

const autostartFrom = 70;
const defaultPriority = 100;

/**
 * Every hour: reads the open competitions, stores what is new or changed with its feasibility, and enters the
 * feasible ones where autostart is on. A competition that is only seen starts nothing.
 */
export async function discover(ctx: Context): Promise<{ seen: number }> {
  const all = await ctx.kaggle.listCompetitions({}, { signal: ctx.signal });
  const known = new Set((await listCompetitions(ctx.state)).map(({ slug }) => slug));
  const now = ctx.now();
  const open = all.filter(({ deadline, slug }) => deadline === null || deadline > now || known.has(slug));
  for (const competition of open) {
    try {
      const files = await ctx.kaggle.listFiles(competition.slug, { signal: ctx.signal });
      const feasibility = judgeFeasibility(ctx, competition, files);
      const row = await seeCompetition(ctx.state, {
        slug: competition.slug,
        title: competition.title,
        details: detailsOf(competition),
        feasibility,
        announce: true,
        actor: ctx.actor,
      });
      if (!ctx.policy.autostart || row.requestedAt !== null || feasibility.score < autostartFrom) continue;
      await requestCompetition(ctx.state, {
        id: row.id,
        priority: defaultPriority,
        limits: limitsSchema.parse({ maxRounds: ctx.policy.maxRounds }),
        maxActive: ctx.policy.maxActiveCompetitions,
        actor: ctx.actor,
      });
    } catch (error) {
      const failure = asFailure(error);
      // One competition that cannot be read hides no other.
      if (failure.kind !== 'business') throw failure;
      ctx.log.warn({ err: failure, competition: competition.slug }, 'competition could not be read');
    }
  }
  await admitCompetitions(ctx.state, ctx.policy.maxActiveCompetitions, ctx.actor);
  ctx.log.info({ seen: open.length }, 'competitions discovered');
  return { seen: open.length };
}
