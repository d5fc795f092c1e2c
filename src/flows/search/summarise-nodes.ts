import type { Context } from '../../context.ts';
import { summarise } from '../../domain/compare.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Problem } from '../../domain/problem.ts';
import type { SearchTree, TreeNode } from '../../domain/search/tree.ts';
import type { NodeStory } from '../../providers/summary/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { keepNodeSummary, listNodeSummaries } from '../../state/node-summaries.ts';
import { readParent } from './read-parent.ts';
import { readTree } from './read-tree.ts';

/** Of one round; what is older and was missed stays without. */
const mostNodes = 12;

/**
 * Has what the nodes of the last round taught summed up by a cheap model, where one is configured: it becomes part of
 * the memory that later prompts are told. Never stops the work; repeated it pays nothing again.
 */
export async function summariseNodes(
  ctx: Pick<Context, 'state' | 'objects' | 'summariser' | 'signal' | 'log'>,
  competition: Pick<Competition, 'id' | 'slug' | 'round' | 'problem'>,
): Promise<void> {
  const { summariser } = ctx;
  const { id, slug, round, problem } = competition;
  if (summariser === null || problem === null) return;
  try {
    const tree = await readTree(ctx, competition);
    const told = new Set((await listNodeSummaries(ctx.state, id)).map(({ approachId }) => approachId));
    const ended = tree.nodes.filter(
      (node) =>
        node.round === round && !told.has(node.id) && (node.status === 'scored' || node.status === 'failed'),
    );
    for (const node of ended.slice(0, mostNodes)) {
      const story = await storyOf(ctx, { id, problem }, tree, node);
      const { taught, failureClass } = await summariser.summarise(story, { signal: ctx.signal });
      if (taught !== '') await keepNodeSummary(ctx.state, { approachId: node.id, taught, failureClass });
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn({ err: asFailure(error), competition: slug }, 'what the nodes taught was not summed up');
  }
}

async function storyOf(
  ctx: Pick<Context, 'state' | 'objects'>,
  { id, problem }: { id: string; problem: Problem },
  tree: SearchTree,
  node: TreeNode,
): Promise<NodeStory> {
  const { cv, folds, spec } = node;
  const parents = node.parents.flatMap((parent) => tree.nodes.filter((one) => one.id === parent));
  return {
    competitionId: id,
    approachId: node.id,
    problem,
    name: node.name,
    change: `${spec.title}. ${spec.rationale}`,
    operator: node.operator,
    cv,
    se: cv === null || folds.length < 2 ? null : summarise(folds).se,
    parents: parents.map((parent) => ({ name: parent.name, cv: parent.cv })),
    failure: node.status === 'failed' ? (await readParent(ctx, node)).failure : null,
  };
}
