import { z } from 'zod';
import { metricNames } from '../metrics/catalog.ts';
import { ablationSchema, operators } from '../search/step.ts';
import { isPending, rewardsOf, type SearchTree, type TreeNode } from '../search/tree.ts';
import { type ProfileVector, profileVectorSchema } from './profile-vector.ts';

/** What became of one node of one competition's tree: what the next competitions learn from. */
export const outcomeSchema = z.object({
  competitionId: z.uuid(),
  /** Its slug. */
  competition: z.string(),
  round: z.number().int().nonnegative(),
  /** Name of the approach. */
  approach: z.string(),
  family: z.string(),
  operator: z.enum(operators),
  /** Names of the approaches that it was made from. */
  parents: z.array(z.string()),
  features: z.array(z.string()),
  /** Kinds of its models, sorted, joined by a plus sign. */
  models: z.string(),
  metric: z.enum(metricNames),
  /** Rank by cross-validated score among the competition's scored nodes, 0 (worst) to 1 (best); 0 for a failed one. */
  score: z.number().min(0).max(1),
  hasFailed: z.boolean(),
  cv: z.number().nullable(),
  /** What the gate's rows gave; known only once the competition is over, since no search may see it. */
  gate: z.number().nullable(),
  /** Our last place as a share of all entrants, 0 (first) to 1; null before it is known. */
  finalShare: z.number().min(0).max(1).nullable(),
  /** Machines and models together. */
  microUsd: z.number().nonnegative(),
  /** Of the search run; null where none ended. */
  seconds: z.number().nonnegative().nullable(),
  ablations: z.array(ablationSchema),
  profile: profileVectorSchema,
  at: z.date(),
});
export type Outcome = z.output<typeof outcomeSchema>;

export type OutcomeFacts = {
  competitionId: string;
  competition: string;
  profile: ProfileVector;
  /** Gate scores by the node's id; empty while the competition goes on. */
  gateOf: ReadonlyMap<string, number>;
  finalShare: number | null;
  at: Date;
};

/** Every node that has ended, rank-normalised among the scored ones. One alone says nothing: it stands in the middle. */
export function outcomesOf(tree: SearchTree, facts: OutcomeFacts): Outcome[] {
  const rewards = rewardsOf(tree);
  const nameOf = new Map(tree.nodes.map(({ id, name }) => [id, name]));
  return tree.nodes
    .filter((node) => !isPending(node))
    .map((node) => ({
      competitionId: facts.competitionId,
      competition: facts.competition,
      round: node.round,
      approach: node.name,
      family: node.spec.family,
      operator: node.operator,
      parents: node.parents.flatMap((id) => nameOf.get(id) ?? []),
      features: node.spec.features,
      models: signatureOf(node),
      metric: tree.metric,
      score: scoreOf(node, rewards),
      hasFailed: node.status === 'failed',
      cv: node.cv,
      gate: facts.gateOf.get(node.id) ?? null,
      finalShare: facts.finalShare,
      microUsd: node.cost.gpuMicroUsd + node.cost.llmMicroUsd,
      seconds: node.seconds,
      ablations: node.ablations ?? [],
      profile: facts.profile,
      at: facts.at,
    }));
}

const ofOneAlone = 0.5;

function scoreOf({ id, status }: TreeNode, rewards: ReadonlyMap<string, number>): number {
  if (status === 'failed') return 0;
  return rewards.size === 1 ? ofOneAlone : (rewards.get(id) ?? 0);
}

function signatureOf({ spec }: TreeNode): string {
  return [...new Set(spec.models.map(({ kind }) => kind))].sort().join('+');
}
