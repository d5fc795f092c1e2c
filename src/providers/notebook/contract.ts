import type { CombineRule } from '../../domain/blend.ts';
import type { Decision } from '../../domain/label-decision.ts';
import type { NotebookStage } from '../../domain/notebook.ts';
import type { Problem } from '../../domain/problem.ts';
import type { HyperParameters } from '../../domain/run-contract.ts';

/** One training script of the blend. */
export type NotebookMember = {
  /** Unique in the notebook; letters, digits, dots, dashes and underscores. */
  name: string;
  /** train.py */
  script: string;
  weight: number;
  seed: number;
  /** Hyper-parameters in place of those that the script was written with; left out where there are none. */
  params?: HyperParameters;
};

/** All that a notebook is made of; the same parts give the same notebook. */
export type NotebookParts = {
  competition: string;
  /** For people. */
  title: string;
  problem: Problem;
  rule: CombineRule;
  hasClassRows: boolean;
  decision: Decision;
  members: readonly NotebookMember[];
  stage: NotebookStage;
  /** Slug of the notebook whose output holds the fitted models, for the stage `inference`. */
  modelNotebook: string | null;
  rowKey: string;
  foldCount: number;
  /** Of each row of the train file, in its order; null has the notebook share the rows out by a fixed rule. */
  folds: readonly number[] | null;
  /** Names at Kaggle. */
  files: { train: string; test: string; sample: string };
  /** Of each script, and of the notebook. */
  memberSeconds: number;
  secondsInAll: number;
  /** File that Kaggle scores. */
  output: string;
};

/** Writes the .ipynb of a code competition. @throws BusinessFailure `notebook.too_large` */
export type BuildNotebook = (parts: NotebookParts) => Promise<string>;
