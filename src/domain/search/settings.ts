import { z } from 'zod';

const share = z.number().min(0).max(1);

/** The parameters of the search policy; docs/explain/search.md says what each does. */
const searchSettingsSchema = z.object({
  /** Working branches that are begun before the first is improved. */
  drafts: z.number().int().min(1),
  /** Failed ones in a row that are mended before the chain is given up. */
  debugDepth: z.number().int().min(0),
  /** The constant of UCT at the beginning of the budget, and at its end. */
  explorationStart: z.number().min(0),
  explorationEnd: z.number().min(0),
  /** Share of the improvements that are aimed by an ablation, once a node is confirmed. */
  ablationShare: share,
  /** Ended nodes in a row that improved no branch before two branches are merged. */
  stagnationSteps: z.number().int().min(1),
  /** Nodes by score that may be merged, beside those within a standard error of the best. */
  mergeTop: z.number().int().min(2),
  /** The highest rank correlation of out-of-fold predictions of two nodes that are merged. */
  mergeCorrelation: share,
  /** Failed nodes in a row that close a branch. */
  closeAfterFailures: z.number().int().min(1),
  /** Closed branches that end the drafting. */
  mostClosedBranches: z.number().int().min(1),
  /** Share of the budget (rounds, money, time) that is kept for the endgame. */
  endgameShare: share,
});
export type SearchSettings = z.output<typeof searchSettingsSchema>;

export const defaultSearchSettings: SearchSettings = {
  drafts: 3,
  debugDepth: 3,
  explorationStart: 0.5,
  explorationEnd: 0.1,
  ablationShare: 0.15,
  stagnationSteps: 6,
  mergeTop: 5,
  mergeCorrelation: 0.99,
  closeAfterFailures: 5,
  mostClosedBranches: 3,
  endgameShare: 0.15,
};
