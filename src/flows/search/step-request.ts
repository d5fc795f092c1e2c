import type { Context } from '../../context.ts';
import { debugMemoryOf, memoryOf } from '../../domain/search/memory.ts';
import type { PlannedStep } from '../../domain/search/planned-step.ts';
import type { Ablation, MemoryEntry, SearchStep } from '../../domain/search/step.ts';
import { childrenOf, type SearchTree } from '../../domain/search/tree.ts';
import type { Competition } from '../../state/competitions.ts';
import { ablateNode } from './ablate-node.ts';
import { readParent } from './read-parent.ts';
import { readTree } from './read-tree.ts';

/** What research and code generation are told beside the competition: the step that is wanted, and what was tried. */
export type StepRequest = { step: SearchStep; memory: MemoryEntry[] };

type StepContext = Pick<Context, 'state' | 'objects'>;
type MeasuringContext = StepContext &
  Pick<Context, 'quality' | 'policy' | 'scratchFolder' | 'log' | 'signal'>;
type WantedStep = Pick<PlannedStep, 'operator' | 'parents'> & Partial<PlannedStep>;

/**
 * A planned step with its parents' scripts, failures and ablations, and the memory; without a step the memory alone.
 * What the parts of the parent are worth is measured first where the step is aimed by it; that takes minutes, once.
 */
export async function readStepRequest(
  ctx: MeasuringContext,
  competition: Pick<Competition, 'id' | 'slug' | 'problem'>,
  planned: WantedStep | null,
): Promise<{ memory: MemoryEntry[]; step?: SearchStep }> {
  let tree = await readTree(ctx, competition);
  const aimedAt = planned?.isAblationGuided === true ? planned.parents[0] : undefined;
  const node = tree.nodes.find(({ id }) => id === aimedAt);
  if (node !== undefined && node.ablations === null) {
    await ablateNode(ctx, competition, node);
    tree = await readTree(ctx, competition);
  }
  return planned === null ? { memory: memoryOf(tree) } : await stepRequestOf(ctx, tree, planned);
}

/** The same of a tree that was read already. */
export async function stepRequestOf(
  ctx: StepContext,
  tree: SearchTree,
  planned: WantedStep,
): Promise<StepRequest> {
  const { operator, complexity, isAblationGuided = false } = planned;
  const nodes = planned.parents.flatMap((id) => tree.nodes.filter((node) => node.id === id));
  const parents = await Promise.all(nodes.map((node) => readParent(ctx, node)));
  const target = isAblationGuided ? targetOf(tree, nodes[0]?.id ?? '', parents[0]?.ablations ?? []) : null;
  const [failed] = nodes;
  return {
    step: {
      operator,
      parents,
      ...(complexity === undefined ? {} : { complexity }),
      ...(target === null ? {} : { target }),
    },
    memory: operator === 'debug' && failed !== undefined ? debugMemoryOf(tree, failed.id) : memoryOf(tree),
  };
}

/** The part that matters most, for better or worse; what was improved already gives way to the next. */
function targetOf(tree: SearchTree, parentId: string, ablations: readonly Ablation[]): string | null {
  const ranked = ablations.toSorted((a, b) => Math.abs(b.loss) - Math.abs(a.loss));
  const tries = childrenOf(tree, parentId).filter(({ operator }) => operator === 'improve').length;
  return ranked[tries % Math.max(1, ranked.length)]?.part ?? null;
}
