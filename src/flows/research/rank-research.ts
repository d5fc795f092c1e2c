import type { Context } from '../../context.ts';
import type { Approach } from '../../domain/approach.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { type ResearchReport, rankApproaches, researchReportSchema } from '../../domain/research.ts';
import { chooseNodes, type Proposals } from '../../domain/search/choose-nodes.ts';
import type { PlannedStep } from '../../domain/search/planned-step.ts';
import type { SearchTree } from '../../domain/search/tree.ts';
import type { Competition } from '../../state/competitions.ts';
import { finishResearch, listResearch, type ResearchResult } from '../../state/research.ts';
import { readSearchPlan } from '../../state/search.ts';
import { readVotes, voted, votedFor } from '../lessons/read-votes.ts';
import { ownProposals, stepProposals } from '../search/own-proposals.ts';
import { readTree } from '../search/read-tree.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { Wait } from '../support/wait.ts';
import { readHistory } from './history.ts';

const lookAgainMs = 2_000;
/** Drafts to choose from: what is tried or of a family with a branch drops out. */
const mostDrafts = 30;

/**
 * Joins the queries of a round: makes each step of its plan a node of the tree from what the reports propose for it,
 * and moves on. Whether all have answered is decided from the rows.
 * @throws BusinessFailure `research.no_approach`
 */
export async function rankResearch(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'researching');
  if (competition === null) return;
  const results = (await listResearch(ctx.state, competition.id)).filter(
    (result) => result.version === competition.version,
  );
  if (results.some((result) => result.status === 'planned')) {
    throw new Wait(lookAgainMs, 'some research queries have not answered yet');
  }
  const tree = await readTree(ctx, competition);
  const steps = await plannedSteps(ctx, competition);
  const { spare, ...proposals } = await proposalsOf(ctx, competition, tree, steps, results);
  const asked = chooseNodes(tree, steps, proposals);
  const filled = { ...proposals, drafts: [...proposals.drafts, ...spare] };
  const nodes = asked.length < steps.length ? chooseNodes(tree, steps, filled) : asked;
  if (nodes.length === 0) {
    const reasons = results.flatMap((result) => (result.error === null ? [] : [result.error]));
    throw new BusinessFailure(
      `Research found no approach to ${competition.slug} that has not been tried${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}.`,
      { code: 'research.no_approach' },
    );
  }
  const moved = await finishResearch(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    nodes,
    actor: ctx.actor,
  });
  const names = nodes.map(({ operator, spec }) => `${operator} ${spec.name}`);
  ctx.log.info({ competition: competition.slug, nodes: names, moved: moved !== null }, 'research finished');
}

/** As they were planned; where nothing was, as many drafts as the round may have. */
async function plannedSteps(ctx: Context, { id, version, limits }: Competition): Promise<PlannedStep[]> {
  const steps = await readSearchPlan(ctx.state, { competitionId: id, version });
  if (steps !== null && steps.length > 0) return steps;
  return Array.from({ length: limits.approachesPerRound }, () => {
    return {
      operator: 'draft',
      parents: [],
      isAblationGuided: false,
      complexity: 'simple',
      reason: 'Nothing of the tree can be gone on with.',
    };
  });
}

async function proposalsOf(
  ctx: Context,
  competition: Competition,
  tree: SearchTree,
  steps: readonly PlannedStep[],
  results: readonly ResearchResult[],
): Promise<Proposals & { spare: Approach[] }> {
  const history = await readHistory(ctx, competition);
  const reports = results.flatMap((result) => {
    const parsed = researchReportSchema.safeParse(result.report);
    return parsed.success ? [{ kind: result.kind, place: result.place, report: parsed.data }] : [];
  });
  const broad = reports.filter(({ kind }) => kind !== 'step').map(({ report }) => report);
  const vote = await readVotes(ctx, competition);
  const wantsDrafts = steps.some(({ operator }) => operator === 'draft');
  const known = wantsDrafts ? await votedFor(ctx, competition, vote) : [];
  const isFirst = tree.nodes.length === 0;
  const own = wantsDrafts || isFirst ? await ownProposals(ctx, competition, broad) : [];
  const floor = isFirst ? own : [];
  const rank = (some: readonly ResearchReport[]) => rankApproaches(voted(some, vote), history, mostDrafts);
  return {
    floor: floor.length === 0 ? [] : rank([...floor, ...known]),
    drafts: rank([...broad, ...known]),
    // for where services propose too little that can be used
    spare: rank(own),
    steps: await Promise.all(
      steps.map(async (step, place): Promise<Approach[]> => {
        if (step.operator === 'draft' || step.operator === 'debug') return [];
        const mine = reports.filter((one) => one.kind === 'step' && one.place === place);
        const asked = mine.flatMap(({ report }) => report.approaches);
        return [...asked, ...(await stepProposals(ctx, competition, step, mine[0]?.report ?? null))];
      }),
    ),
  };
}
