import { createHash } from 'node:crypto';
import { defaultSearchSettings, type SearchSettings } from '../../src/domain/search/settings.ts';
import type { SearchTree, TreeNode } from '../../src/domain/search/tree.ts';
import { anApproach } from './builders.ts';

/** The same id for the same name. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

type NodeOptions = Partial<Omit<TreeNode, 'parents' | 'name' | 'id'>> & { parents?: readonly string[] };

/** A node of a test's tree; by default a scored draft. Parents are given by name. */
export function aNode(name: string, { parents = [], ...options }: NodeOptions = {}): TreeNode {
  const { status = 'scored', cv = status === 'scored' ? 0.5 : null } = options;
  const hasFailed = status === 'failed';
  return {
    id: idOf(name),
    name,
    spec: anApproach(name, { family: name }),
    round: 1,
    rank: 1,
    operator: parents.length === 0 ? 'draft' : parents.length === 2 ? 'merge' : 'improve',
    parents: parents.map(idOf),
    debugDepth: 0,
    codeId: null,
    generator: 'tests',
    objectPrefix: `code/${name}`,
    runId: null,
    failedAt: hasFailed ? 'run' : null,
    failedCheck: null,
    error: hasFailed ? 'It broke.' : null,
    folds: cv === null ? [] : [cv - 0.01, cv, cv + 0.01],
    confirmations: 0,
    parts: [],
    ablations: null,
    seconds: null,
    estimateSeconds: null,
    cost: { gpuMicroUsd: 0, llmMicroUsd: 0 },
    createdAt: new Date(0),
    endedAt: null,
    ...options,
    status,
    cv,
  };
}

export function aTree(...nodes: TreeNode[]): SearchTree {
  return { metric: 'accuracy', nodes };
}

export function searchSettings(options: Partial<SearchSettings> = {}): SearchSettings {
  return { ...defaultSearchSettings, ...options };
}
