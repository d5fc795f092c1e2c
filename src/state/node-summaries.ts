import { z } from 'zod';
import { failureClasses } from '../domain/script-failure.ts';
import type { StatePort } from './port.ts';
import { row } from './row.ts';

const summaryRow = row({
  approachId: z.uuid(),
  taught: z.string(),
  failureClass: z.enum(failureClasses).nullable(),
});
export type NodeSummaryRow = z.output<typeof summaryRow>;

/** Keeps what a node taught; what was said of it before stays. @returns false where nothing changed */
export async function keepNodeSummary(state: StatePort, summary: NodeSummaryRow): Promise<boolean> {
  const { kept } = await state.call(
    'keep_node_summary',
    {
      p_approach_id: summary.approachId,
      p_taught: summary.taught,
      p_failure_class: summary.failureClass,
    },
    z.object({ kept: z.boolean() }),
  );
  return kept;
}

/** What the nodes of a competition taught, oldest first. */
export function listNodeSummaries(state: StatePort, competitionId: string): Promise<NodeSummaryRow[]> {
  return state.call('list_node_summaries', { p_competition_id: competitionId }, z.array(summaryRow));
}
