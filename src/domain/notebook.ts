import type { Approach } from './approach.ts';

/**
 * `whole` fits and predicts in one notebook; with scripts that can part the two, a `model` notebook fits and its
 * output is attached to an `inference` notebook, which only predicts.
 */
export const notebookStages = ['whole', 'model', 'inference'] as const;
export type NotebookStage = (typeof notebookStages)[number];

export const notebookAccelerators = ['none', 'gpu'] as const;
export type NotebookAccelerator = (typeof notebookAccelerators)[number];

/** What a code competition asks of a notebook. */
export type NotebookRules = {
  cpuSeconds: number;
  gpuSeconds: number;
  /** The output that is scored. */
  fileName: string;
};

const secondsPerHour = 3_600;
/** Kaggle's usual limit, and that of a session. */
const usualHours = 9;

/**
 * Reads the limits of a code competition from its pages, where Kaggle writes them as
 * `CPU Notebook <= 9 hours run-time` and `Submission file must be named submission.csv`. What is not said is as in
 * most competitions: nine hours, submission.csv. Internet is asked for nowhere: our notebooks have no use for it.
 */
export function readNotebookRules(pageText: string): NotebookRules {
  const text = pageText
    .replaceAll(/<[^>]*>|[*_`]/g, ' ')
    .replaceAll(/&lt;|≤/g, '<')
    .replaceAll(/\s+/g, ' ');
  const named = /(?:file|output)[^.]{0,40}? named? (?:as )?["']?([\w-]+\.(?:csv|parquet|json|zip))/i.exec(
    text,
  )?.[1];
  return {
    cpuSeconds: hoursOf(text, 'CPU') * secondsPerHour,
    gpuSeconds: hoursOf(text, 'GPU') * secondsPerHour,
    fileName: named ?? 'submission.csv',
  };
}

function hoursOf(text: string, machine: 'CPU' | 'GPU'): number {
  const pattern = new RegExp(
    `${machine} notebooks?[^.;]{0,20}?(\\d+(?:\\.\\d+)?) ?(hours?|h\\b|minutes?|min\\b)`,
    'i',
  );
  const [, amount, unit = ''] = pattern.exec(text) ?? [];
  if (amount === undefined) return usualHours;
  const hours = Number(amount) / (/^m/i.test(unit) ? 60 : 1);
  return hours > 0 && hours <= 2 * usualHours ? hours : usualHours;
}

const gpuPackages = /^(torch|tensorflow|keras|jax|flax|cupy|cuml|cudf|fastai|transformers|timm|lightning)\b/i;

/** True where the approach's packages gain from a GPU; tables are fitted as fast without. */
export function wantsGpu(approach: Pick<Approach, 'packages'>): boolean {
  return approach.packages.some((name) => gpuPackages.test(name));
}

/**
 * True of a script that can part fitting from predicting: it takes `--stage fit|predict` and `--model DIR` beside the
 * arguments of every script (see run-contract.ts). With `fit` it writes what it learnt into the model folder; with
 * `predict` it reads it from there and writes test.csv, without training.
 */
export function partsFitFromPredict(script: string): boolean {
  return /add_argument\(\s*["']--stage["']/.test(script) && /add_argument\(\s*["']--model["']/.test(script);
}

/** How a notebook names one of its scripts, in its files and in its log. */
export function memberName(index: number, approach: string): string {
  return `${index + 1}-${approach}`.replaceAll(/[^A-Za-z0-9._-]/g, '_');
}

/** Members that a failed run names in its log; all of them where it names none. */
export function failedMembers(logText: string, members: readonly string[]): string[] {
  const named = [...logText.matchAll(/^::failed (\S+)$/gm)].map(([, name]) => name ?? '');
  const known = members.filter((member) => named.includes(member));
  return known.length > 0 ? known : [...members];
}
