import type { Context } from '../../context.ts';
import { startsRound } from '../../domain/competition-machine.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { createRandom } from '../../domain/random.ts';
import { closedBranches, mergeCandidates } from '../../domain/search/health.ts';
import { planSteps } from '../../domain/search/plan-steps.ts';
import type { PlannedStep } from '../../domain/search/planned-step.ts';
import type { SearchTree } from '../../domain/search/tree.ts';
import { type Competition, listTransitions } from '../../state/competitions.ts';
import { readBudget } from '../../state/money.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';
import { usedTimeShare } from '../support/time-left.ts';
import { readCorrelations } from './read-correlations.ts';

/**
 * The steps of a competition's next round, from its tree. The same tree at the same version gives the same steps, so a
 * repeated job plans the same. No steps: a person wants another way where the tree shows none, which research looks for.
 * @throws BusinessFailure `search.branches_closed` where nothing is left to go on with, and nobody said to begin anew
 */
export async function planRound(
  ctx: Context,
  competition: Competition,
  tree: SearchTree,
): Promise<PlannedStep[]> {
  const { search } = ctx.policy;
  const isAsked = await isAskedByPerson(ctx, competition);
  const steps = planSteps(
    {
      tree,
      slots: competition.limits.approachesPerRound,
      usedShare: await usedShare(ctx, competition, isAsked),
      debuggers: debuggersOf(ctx),
      correlationOf: await readCorrelations(ctx, competition, mergeCandidates(tree, search)),
    },
    search,
    createRandom(`${competition.id} ${competition.version}`),
  );
  const closed = closedBranches(tree, search).length;
  const isOver = steps.length === 0 && closed >= search.mostClosedBranches;
  await watchBranches(ctx, competition, isOver ? 0 : closed);
  if (isOver && !isAsked) throw nothingLeft(competition, closed);
  return steps;
}

/** The round began with a person's word for something else, not with the one before it. */
async function isAskedByPerson(
  ctx: Pick<Context, 'state'>,
  { id }: Pick<Competition, 'id'>,
): Promise<boolean> {
  const transitions = await listTransitions(ctx.state, id);
  const begun = transitions.findLast(({ event, refused }) => !refused && startsRound(event));
  // Where nobody answers in time the default does, which nobody wished for.
  return begun?.event === 'retry_different_approach' && begun.actor.type !== 'default';
}

function nothingLeft({ slug }: Pick<Competition, 'slug'>, closed: number): BusinessFailure {
  return new BusinessFailure(
    `Every way that was tried for ${slug} has come to an end: in ${closed} branches of the search one script after the other failed, and none is left to go on with. /kaggle tree ${slug} shows what failed; to try again begins other ways.`,
    { code: 'search.branches_closed' },
  );
}

/** Names of the generators that can mend what they wrote. */
function debuggersOf({ generators }: Pick<Context, 'generators'>): ReadonlySet<string> {
  return new Set(generators.filter(({ canDebug }) => canDebug).map(({ name }) => name));
}

/**
 * Of rounds, money and time, whichever is used most; 0 to 1. A round counts by its middle, so that the endgame's share of
 * few rounds is rounded and not cut off; one that a person asked for is no endgame by its number.
 */
async function usedShare(ctx: Context, competition: Competition, isAsked: boolean): Promise<number> {
  const { round, limits } = competition;
  const budget = await readBudget(ctx.state, competition.id);
  const cap = budget.caps.competition;
  return Math.min(
    1,
    Math.max(
      isAsked ? 0 : (round - 0.5) / limits.maxRounds,
      cap === undefined || cap === 0 ? 0 : budget.competitionMicroUsd / cap,
      usedTimeShare(competition, ctx.now()) ?? 0,
    ),
  );
}

/** One warning for as long as so many branches are closed that no other is begun. */
async function watchBranches(
  ctx: Context,
  { slug }: Pick<Competition, 'slug'>,
  closed: number,
): Promise<void> {
  const kind = `search:${slug}`;
  if (closed < ctx.policy.search.mostClosedBranches) {
    await clearPeopleAlert(ctx, kind);
    return;
  }
  await alertPeople(ctx, {
    kind,
    severity: 'warning',
    code: 'search.branches_closed',
    message: `${closed} branches of the search for ${slug} are closed: one script after the other failed in each. No other is begun; what works is improved further. /kaggle tree ${slug} shows them.`,
  });
}
