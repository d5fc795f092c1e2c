import { z } from 'zod';
import { approachSchema } from '../approach.ts';

/**
 * What a node of the tree of solutions is made by. A node is an approach with its code and its search run.
 * `draft` begins a branch, `improve` changes one thing of its parent, `debug` mends a parent that failed, `merge`
 * joins two branches.
 */
export const operators = ['draft', 'improve', 'debug', 'merge'] as const;
export type Operator = (typeof operators)[number];

/** One part of a solution, and what its cross-validated score loses without it. */
export const ablationSchema = z.object({
  /** As the script names it, e.g. `features:counts`. */
  part: z.string().min(1).max(80),
  /** Loss of score without it, on the debug run's rows, in the metric's unit; positive: the part helps. */
  loss: z.number(),
});
export type Ablation = z.output<typeof ablationSchema>;

/** A node as its children are made from it. Never with its gate score: only the selector reads that. */
const parentSchema = z.object({
  approach: approachSchema,
  operator: z.enum(operators),
  /** train.py; null where none was written. */
  script: z.string().nullable(),
  requirements: z.string().nullable(),
  /** Cross-validated score as the host computed it, and by fold; null for one that failed. */
  cv: z.number().nullable(),
  folds: z.array(z.number()),
  /** Wall-clock seconds of its run; null where it had none. */
  seconds: z.number().nonnegative().nullable().optional(),
  /** Why it failed: the check's or the run's sentence and the end of its output. */
  failure: z.object({ reason: z.string(), output: z.string() }).nullable(),
  /** The most important part first; empty where none was made. */
  ablations: z.array(ablationSchema),
});
export type ParentNode = z.output<typeof parentSchema>;

/** How elaborate the next child may be: simple first, more for a node that has children already. */
export const complexities = ['simple', 'normal', 'complex'] as const;
export type Complexity = (typeof complexities)[number];

/** What the search wants next. A draft has no parents, a merge two, the others one. */
export const stepSchema = z.object({
  operator: z.enum(operators),
  parents: z.array(parentSchema).max(2),
  complexity: z.enum(complexities).optional(),
  /** The part of the parent that this improvement is aimed at, as its ablations name it. */
  target: z.string().optional(),
});
export type SearchStep = z.output<typeof stepSchema>;

/** One line of memory: what was tried, what became of it. */
export const memorySchema = z.object({
  name: z.string(),
  round: z.number().int().positive(),
  operator: z.enum(operators),
  /** Names of the approaches it was made from. */
  parents: z.array(z.string()),
  family: z.string(),
  /** What it is, or what it changes, in one sentence. */
  change: z.string(),
  status: z.enum(['open', 'failed', 'scored']),
  cv: z.number().nullable(),
  /** Standard error of it, from the folds. */
  se: z.number().nullable(),
  error: z.string().nullable(),
  /** What its run taught, in at most three sentences; left out where nobody said. */
  taught: z.string().optional(),
});
export type MemoryEntry = z.output<typeof memorySchema>;
