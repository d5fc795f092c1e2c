import type { Context } from '../../context.ts';
import { gateFailure } from '../../domain/gate.ts';
import type { Problem } from '../../domain/problem.ts';
import type { DataProfile } from '../../domain/profile.ts';
import { planQueries, type QueryKind } from '../../domain/research.ts';
import type { PlannedStep } from '../../domain/search/planned-step.ts';
import type { Competition } from '../../state/competitions.ts';
import { type PlannedQuery, planResearch as writePlan } from '../../state/research.ts';
import { confirmContract } from '../gates/contract.ts';
import { planRound } from '../search/plan-round.ts';
import { readTree } from '../search/read-tree.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { readHistory } from './history.ts';
import { readOwnPages } from './own-pages.ts';
import { readProblem } from './read-problem.ts';

/**
 * Reads the competition where that has not been done, chooses the round's steps from the tree of solutions, and plans
 * the queries that run side by side: the broad ones where something new is begun, one for each step that needs a plan.
 * @throws BusinessFailure `kaggle.rules_not_accepted`, `problem.metric_unknown`, `search.branches_closed`, and as
 * `readProblem`
 */
export async function planResearch(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'researching');
  if (competition === null) return;
  await requireEntered(ctx, competition);
  const { problem, profile } = await readProblem(ctx, competition);
  if (await confirmContract(ctx, competition)) return;
  const known = { ...competition, problem, profile };
  const steps = await planRound(ctx, known, await readTree(ctx, known));
  const isBroad = steps.length === 0 || steps.some(({ operator }) => operator === 'draft');
  const kinds = isBroad ? await broadQueries(ctx, known) : [];
  await writePlan(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    items: [...kinds.map((kind) => ({ kind })), ...stepQueries(steps)],
    steps,
    actor: ctx.actor,
  });
  ctx.log.info(
    {
      competition: competition.slug,
      round: competition.round,
      kinds,
      steps: steps.map(({ operator }) => operator),
    },
    'research planned',
  );
}

/** What its own pages say is asked once, where there are any. */
async function broadQueries(
  ctx: Context,
  competition: Competition & { problem: Problem; profile: DataProfile },
): Promise<QueryKind[]> {
  const { problem, profile } = competition;
  const history = await readHistory(ctx, competition);
  const hasPages = history.length === 0 && (await readOwnPages(ctx, competition)).length > 0;
  return planQueries(problem, profile, history, { hasPages });
}

/** A draft comes out of the broad queries, and what failed is given back as it is. */
function stepQueries(steps: readonly PlannedStep[]): PlannedQuery[] {
  return steps.flatMap((step, place) =>
    step.operator === 'improve' || step.operator === 'merge' ? [{ kind: 'step', step, place }] : [],
  );
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
