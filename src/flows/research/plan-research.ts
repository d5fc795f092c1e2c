import type { Context } from '../../context.ts';
import { gateFailure } from '../../domain/gate.ts';
import { planQueries } from '../../domain/research.ts';
import type { Competition } from '../../state/competitions.ts';
import { planResearch as writePlan } from '../../state/research.ts';
import { confirmContract } from '../gates/contract.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { readHistory } from './history.ts';
import { readProblem } from './read-problem.ts';

/**
 * Reads the competition where that has not been done, and plans the queries that run side by side.
 * @throws BusinessFailure `kaggle.rules_not_accepted`, `problem.metric_unknown`, and as `readProblem`
 */
export async function planResearch(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'researching');
  if (competition === null) return;
  await requireEntered(ctx, competition);
  const { problem, profile } = await readProblem(ctx, competition);
  if (await confirmContract(ctx, competition)) return;
  const history = await readHistory(ctx, competition);
  const kinds = planQueries(problem, profile, history);
  await writePlan(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    kinds,
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, round: competition.round, kinds }, 'research planned');
}

async function requireEntered(
  ctx: Pick<Context, 'kaggle' | 'signal'>,
  competition: Competition,
): Promise<void> {
  if (competition.problem !== null) return;
  const seen = await ctx.kaggle.findCompetition(competition.slug, { signal: ctx.signal });
  if (seen === null || seen.hasEntered) return;
  const { slug, title, url } = seen;
  throw gateFailure('rules_not_accepted', { slug, title, url }, { details: { hasEntered: false } });
}
