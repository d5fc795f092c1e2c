import type { Approach } from './approach.ts';
import type { CurvePanel } from './learning-curves.ts';
import type { NodeView } from './search-views.ts';

/** One check of the quality gate as people see it. */
export type GateCheckView = {
  name: string;
  status: 'ok' | 'warned' | 'failed' | 'skipped';
  seconds: number;
  /** One sentence; after a failed run followed by the end of its output. */
  message: string;
  findings: readonly {
    rule: string;
    line: number | null;
    severity: 'fail' | 'warn';
    message: string;
  }[];
};

export type GateView = {
  passed: boolean;
  checks: readonly GateCheckView[];
  estimateSeconds: number | null;
  estimateMemoryBytes: number | null;
  /** What a language model that read the script said of it. */
  review: { leakage: 'none' | 'suspected' | 'certain'; reason: string; summary: string } | null;
};

/** A file of the node, with a link that works for a while; null where no link can be given. */
export type NodeFile = { name: string; url: string | null };

/** Everything about one node of the tree, as `/kaggle node` shows it. Never with its gate score. */
export type NodeDetail = {
  slug: string;
  metric: { name: string; direction: 'maximize' | 'minimize' } | null;
  node: NodeView;
  plan: Pick<Approach, 'rationale' | 'features' | 'models' | 'requirements' | 'component'> & {
    sources: readonly { title: string; url: string | null }[];
  };
  parents: readonly { number: number; name: string }[];
  children: readonly { number: number; name: string }[];
  /** Who wrote the script; null before there is one. */
  generator: string | null;
  /** Null before the gate looked. */
  gate: GateView | null;
  run: {
    folds: readonly number[];
    seconds: number | null;
    /** At most, of all its processes. */
    memoryBytes: number | null;
    estimateSeconds: number | null;
    confirmations: number;
    /** Why its score was looked at more closely, and what came of it; null where it was not. */
    examined: { reason: string; outcome: string; detail: string } | null;
    /** What its script measured while it trained; empty where it told nothing. */
    curves: readonly CurvePanel[];
    /** Of the service that keeps the metrics; null without one. */
    trackingUrl: string | null;
  };
  /** The most important part first; null: not measured. */
  ablations: readonly { part: string; loss: number }[] | null;
  files: readonly NodeFile[];
};

export type NodeResult =
  | { found: true; detail: NodeDetail }
  /** There is no such node: those that could be meant, nearest first. */
  | { found: false; slug: string; typed: string; nodes: readonly { number: number; name: string }[] };
