import type { Approach } from './approach.ts';
import { BusinessFailure } from './errors.ts';
import { closeNames } from './nearest-name.ts';
import type { HyperParameters, ParameterValue } from './run-contract.ts';

/** One hyper-parameter of a script, as people see it. */
export type ParameterView = {
  /** The model of the script's blend that it belongs to. */
  model: string;
  name: string;
  value: ParameterValue;
  kind: 'whole' | 'number' | 'flag' | 'text' | 'any';
  /** Null: as far as the type goes. */
  min: number | null;
  max: number | null;
};

/** `learning_rate=0.03`, or `lightgbm.learning_rate=0.03`, as it was typed. */
export type Assignment = { name: string; value: string };

export type ParameterChange = { model: string; name: string; from: ParameterValue; to: ParameterValue };

type Range = { min: number; max: number; isWhole?: boolean };

/** What these may be, whatever the library; names that are not here may be any finite number. */
export const parameterRanges: Readonly<Record<string, Range>> = {
  seeds: { min: 1, max: 20, isWhole: true },
  learning_rate: { min: 1e-4, max: 1 },
  lr: { min: 1e-6, max: 1 },
  n_estimators: { min: 10, max: 20_000, isWhole: true },
  iterations: { min: 10, max: 20_000, isWhole: true },
  max_iter: { min: 10, max: 20_000, isWhole: true },
  num_leaves: { min: 2, max: 4_096, isWhole: true },
  max_leaf_nodes: { min: 2, max: 4_096, isWhole: true },
  max_depth: { min: 1, max: 64, isWhole: true },
  depth: { min: 1, max: 16, isWhole: true },
  min_child_samples: { min: 1, max: 10_000, isWhole: true },
  min_samples_leaf: { min: 1, max: 10_000, isWhole: true },
  min_child_weight: { min: 0, max: 10_000 },
  colsample_bytree: { min: 0.01, max: 1 },
  feature_fraction: { min: 0.01, max: 1 },
  bagging_fraction: { min: 0.01, max: 1 },
  max_features: { min: 0.01, max: 1 },
  subsample: { min: 0.01, max: 1 },
  reg_alpha: { min: 0, max: 1e4 },
  reg_lambda: { min: 0, max: 1e4 },
  l2_leaf_reg: { min: 0, max: 1e4 },
  l2_regularization: { min: 0, max: 1e4 },
  alpha: { min: 0, max: 1e6 },
  l1_ratio: { min: 0, max: 1 },
  C: { min: 1e-6, max: 1e6 },
  gamma: { min: 0, max: 1e3 },
  epsilon: { min: 0, max: 1e3 },
  n_neighbors: { min: 1, max: 5_000, isWhole: true },
  topics: { min: 2, max: 2_000, isWhole: true },
  epochs: { min: 1, max: 1_000, isWhole: true },
  batch_size: { min: 1, max: 65_536, isWhole: true },
  dropout: { min: 0, max: 0.95 },
  weight_decay: { min: 0, max: 10 },
};

const longestText = 200;
const longestName = 48;
const longestTitle = 120;
const longestRationale = 600;

/** Every hyper-parameter of a script with what it may be, by model. */
export function viewParameters(params: HyperParameters): ParameterView[] {
  return Object.entries(params).flatMap(([model, values]) =>
    Object.entries(values).map(([name, value]) => viewOf(model, name, value)),
  );
}

function viewOf(model: string, name: string, value: ParameterValue): ParameterView {
  const range = rangeOf(name);
  const shared = { model, name, value, min: range?.min ?? null, max: range?.max ?? null };
  if (typeof value === 'boolean') return { ...shared, kind: 'flag', min: null, max: null };
  if (typeof value === 'string') return { ...shared, kind: 'text', min: null, max: null };
  if (value === null) return { ...shared, kind: 'any', min: null, max: null };
  return { ...shared, kind: range?.isWhole === true ? 'whole' : 'number' };
}

function rangeOf(name: string): Range | undefined {
  return Object.hasOwn(parameterRanges, name) ? parameterRanges[name] : undefined;
}

function refuse(code: string, message: string): BusinessFailure {
  return new BusinessFailure(message, { code: `parameters.${code}` });
}

/**
 * What people typed, against what the script takes.
 * @returns the changes, at least one
 * @throws BusinessFailure `parameters.unknown`, `parameters.ambiguous`, `parameters.twice`, `parameters.bad_value`,
 * `parameters.out_of_range`, `parameters.unchanged`
 */
export function readAssignments(
  params: HyperParameters,
  assignments: readonly Assignment[],
): ParameterChange[] {
  const views = viewParameters(params);
  const changes = assignments.map(({ name, value }) => {
    const view = findParameter(views, name);
    return { model: view.model, name: view.name, from: view.value, to: valueFrom(view, value) };
  });
  const keys = changes.map(({ model, name }) => `${model}.${name}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw refuse('twice', `${twice} is set twice; once is enough.`);
  const real = changes.filter(({ from, to }) => from !== to);
  if (real.length === 0) throw refuse('unchanged', 'It is trained with exactly these values already.');
  return real;
}

function findParameter(views: readonly ParameterView[], typed: string): ParameterView {
  const shown = typed.slice(0, 80);
  const isMeant = ({ model, name }: ParameterView) => typed === name || typed === `${model}.${name}`;
  const found = views.filter(isMeant);
  const [only, second] = found;
  if (only === undefined) {
    const names = [...new Set(views.map(({ name }) => name))];
    const near = closeNames(typed, [...names, ...views.map(({ model, name }) => `${model}.${name}`)]);
    const advice = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It has ${names.join(', ')}.`;
    throw refuse('unknown', `The script has no parameter ${shown}. ${advice}`);
  }
  if (second !== undefined) {
    const full = found.map(({ model, name }) => `${model}.${name}`).join(' or ');
    throw refuse('ambiguous', `Several of its models have ${shown}: write ${full}.`);
  }
  return only;
}

function valueFrom(view: ParameterView, typed: string): ParameterValue {
  const name = `${view.model}.${view.name}`;
  const text = typed.trim();
  if (view.kind === 'flag') {
    if (/^(true|on|yes)$/i.test(text)) return true;
    if (/^(false|off|no)$/i.test(text)) return false;
    throw refuse('bad_value', `${name} is true or false, not "${text.slice(0, 40)}".`);
  }
  if (view.kind === 'text') {
    if (text === '' || text.length > longestText) throw refuse('bad_value', `${name} needs a short text.`);
    return text;
  }
  if (view.kind === 'any' && /^(none|null)$/i.test(text)) return null;
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) {
    throw refuse(
      'bad_value',
      `${name} is a number, for example ${view.value ?? 1}, not "${text.slice(0, 40)}".`,
    );
  }
  if (view.kind === 'whole' && !Number.isInteger(number)) {
    throw refuse('bad_value', `${name} is a whole number, for example ${view.value}.`);
  }
  const { min, max } = view;
  if ((min !== null && number < min) || (max !== null && number > max)) {
    throw refuse('out_of_range', `${name} goes from ${min} to ${max}; ${number} is nonsense there.`);
  }
  return number;
}

/** The values of params.json after these changes. */
export function applyChanges(
  given: HyperParameters | null,
  changes: readonly ParameterChange[],
): HyperParameters {
  const next: Record<string, Record<string, ParameterValue>> = structuredClone(given ?? {});
  for (const { model, name, to } of changes) next[model] = { ...next[model], [name]: to };
  return next;
}

/** `learning_rate 0.03, num_leaves 31` */
export function changeWords(changes: readonly ParameterChange[]): string {
  const models = new Set(changes.map(({ model }) => model));
  return changes
    .map(({ model, name, to }) => `${models.size > 1 ? `${model}.` : ''}${name} ${to ?? 'none'}`)
    .join(', ');
}

/**
 * The plan of a node that differs from its parent in these values alone.
 * @param mark tells it from the parent's other children; letters and digits
 */
export function tunedApproach(
  parent: Approach,
  changes: readonly ParameterChange[],
  { mark, why }: { mark: string; why: string },
): Approach {
  const words = changeWords(changes);
  const suffix = `-p${mark}`;
  const base = parent.name.replace(/-p[0-9a-z]{6}$/, '').slice(0, longestName - suffix.length);
  return {
    ...parent,
    name: `${base}${suffix}`,
    title: cut(`${parent.title}, ${words}`, longestTitle),
    rationale: cut(`${why} ${words}.`, longestRationale),
    models: parent.models.map((model) => {
      const own = changes.filter((change) => change.model === model.kind && change.name in model.params);
      return {
        ...model,
        params: { ...model.params, ...Object.fromEntries(own.map(({ name, to }) => [name, to])) },
      };
    }),
    basedOn: [parent.name],
    component: 'model',
  };
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
