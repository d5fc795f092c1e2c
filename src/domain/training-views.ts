import type { Actor } from './actor.ts';
import type { Chart } from './chart.ts';
import type { RunComparison } from './compare-runs.ts';
import type { ParameterChange, ParameterView } from './parameters.ts';
import type { HyperParameters } from './run-contract.ts';

/** The hyper-parameters of one node, for people. */
export type ParametersResult = {
  slug: string;
  approach: string;
  title: string;
  cv: number | null;
  parameters: readonly ParameterView[];
  /** Some of them were set from outside of its script. */
  isTuned: boolean;
  /** Who set what, newest first; of the whole competition. */
  changes: readonly {
    at: Date;
    actor: Actor;
    name: string | null;
    approach: string;
    params: HyperParameters;
  }[];
};

export type SetParametersResult = {
  slug: string;
  /** The node that was made. */
  approach: string;
  basedOn: string;
  changes: readonly ParameterChange[];
  /** When it is trained. */
  trains: 'now' | 'this_round' | 'next_round';
};

/** The runs of a competition side by side. */
export type CompareResult = RunComparison & {
  slug: string;
  running: number;
  failed: number;
  /** The tracking service: not configured, answered, did not answer in time, or does not take what is set for it. */
  tracking: 'off' | 'on' | 'away' | 'refused';
  chart: Chart | null;
};
