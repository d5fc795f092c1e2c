import type { Context } from '../../context.ts';
import type { NodeStatus, SearchTree, TreeNode } from '../../domain/search/tree.ts';
import type { Competition } from '../../state/competitions.ts';
import { listNodeSummaries } from '../../state/node-summaries.ts';
import { listNodes, type NodeRow } from '../../state/search.ts';

/** The tree of solutions of a competition; without nodes before its problem is known. */
export async function readTree(
  ctx: Pick<Context, 'state'>,
  { id, problem }: Pick<Competition, 'id' | 'problem'>,
): Promise<SearchTree> {
  if (problem === null) return { metric: 'accuracy', nodes: [] };
  const [rows, summaries] = await Promise.all([listNodes(ctx.state, id), listNodeSummaries(ctx.state, id)]);
  const taughtBy = new Map(summaries.map(({ approachId, taught }) => [approachId, taught]));
  return {
    metric: problem.metric,
    nodes: rows.map((row) => {
      const taught = taughtBy.get(row.id);
      return { ...nodeOf(row), ...(taught === undefined ? {} : { taught }) };
    }),
  };
}

function nodeOf(row: NodeRow): TreeNode {
  const { code, run } = row;
  const status = statusOf(row);
  // One that trained well and failed at the vendor is of no use either.
  const scores = status === 'scored' ? (run?.scores ?? null) : null;
  return {
    id: row.id,
    name: row.name,
    spec: row.spec,
    round: row.round,
    rank: row.rank,
    operator: row.operator,
    parents: row.parents,
    debugDepth: row.debugDepth,
    status,
    codeId: code?.id ?? null,
    generator: code?.generator ?? null,
    objectPrefix: code?.objectPrefix ?? null,
    runId: run?.id ?? null,
    failedAt: status === 'failed' ? failedAt(row) : null,
    failedCheck: code?.failedCheck ?? null,
    error: status === 'failed' ? (row.error ?? run?.error ?? code?.error ?? null) : null,
    cv: scores?.cv ?? null,
    folds: scores?.folds ?? [],
    confirmations: row.confirmations,
    parts: code?.parts ?? [],
    ablations: row.ablations,
    seconds: run?.seconds ?? null,
    estimateSeconds: code?.estimateSeconds ?? null,
    cost: { gpuMicroUsd: row.gpuMicroUsd, llmMicroUsd: row.llmMicroUsd },
    createdAt: row.createdAt,
    endedAt: status === 'scored' || status === 'failed' ? (run?.endedAt ?? code?.endedAt ?? null) : null,
  };
}

function statusOf({ status, code, run }: NodeRow): NodeStatus {
  if (status === 'failed' || code?.status === 'failed') return 'failed';
  if (run?.status === 'succeeded' && run.scores !== null) return 'scored';
  if (run?.status === 'planned' || run?.status === 'running') return 'training';
  if (code?.status === 'ready') return 'ready';
  return code === null ? 'proposed' : 'coding';
}

/** What a machine or its connection does to a run, whatever the script. */
const ofMachines: readonly (string | null)[] = [
  null,
  'cancelled',
  'download_failed',
  'runner_error',
  'unfit_machine',
];

function failedAt({ code, run }: NodeRow): NonNullable<TreeNode['failedAt']> {
  if (run !== null) return ofMachines.includes(run.exitClass) ? 'machine' : 'run';
  return code?.failedCheck == null ? 'writing' : 'gate';
}
