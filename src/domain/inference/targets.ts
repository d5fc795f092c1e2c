import { canonicalLabel } from '../cells.ts';
import { BusinessFailure } from '../errors.ts';
import { conclude, type Findings, type InferenceInput } from './findings.ts';

export type TargetMatch = {
  targetColumns: string[];
  /** True where the sample has one probability column per class of a single target. */
  isPerClass: boolean;
  /** Classes in the order of the sample's columns, where there is one column per class. */
  classes: string[] | null;
};

/** Which columns of train.csv the sample's columns ask for. */
export function inferTargets(input: InferenceInput, findings: Findings): TargetMatch {
  const wanted = input.sample.columns.slice(1);
  const candidates = trainOnlyColumns(input);
  const told = input.told?.targetColumns;
  if (told !== undefined) return toldTargets(input, told, wanted, findings);
  if (wanted.every((name) => candidates.includes(name))) {
    conclude(findings, `The target is ${wanted.join(', ')}: in the sample and in train, but not in test.`);
    return { targetColumns: wanted, isPerClass: false, classes: null };
  }
  for (const column of candidates) {
    const classes = matchClasses(wanted, column, input.targetValues[column] ?? []);
    if (classes === null) continue;
    conclude(findings, `The sample has one probability for each class of ${column}: ${classes.join(', ')}.`);
    return { targetColumns: [column], isPerClass: true, classes };
  }
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1 && wanted.length === 1) {
    conclude(
      findings,
      `The target is ${only}, the one column that only train has; the sample calls it ${wanted[0]}.`,
      0.75,
    );
    return { targetColumns: [only], isPerClass: false, classes: null };
  }
  throw mismatch(input, wanted, candidates);
}

/** @throws problem.target_missing where train has no such column */
function toldTargets(
  input: InferenceInput,
  told: readonly string[],
  wanted: readonly string[],
  findings: Findings,
): TargetMatch {
  const missing = told.find((name) => !input.train.columns.some((column) => column.name === name));
  if (missing !== undefined) {
    const own = trainOnlyColumns(input).slice(0, 8).join(', ');
    const hint = own === '' ? '' : ` What only it has: ${own}.`;
    throw new BusinessFailure(
      `${input.train.name} has no column ${missing.slice(0, 100)} to predict.${hint}`,
      {
        code: 'problem.target_missing',
      },
    );
  }
  conclude(findings, `The target is ${told.join(', ')}, as a person said.`);
  const [only = ''] = told;
  const classes = told.length === 1 ? matchClasses(wanted, only, input.targetValues[only] ?? []) : null;
  return { targetColumns: [...told], isPerClass: classes !== null, classes };
}

/** Columns that train has and test has not, or has without a value; the id is none of them. */
function trainOnlyColumns({ train, test, sample }: InferenceInput): string[] {
  const inTest = new Map(test.columns.map((column) => [column.name, column]));
  return train.columns
    .filter(({ name }) => {
      const column = inTest.get(name);
      return (
        name !== sample.columns[0] &&
        (column === undefined || (test.rows > 0 && column.missing === test.rows))
      );
    })
    .map(({ name }) => name);
}

/**
 * Classes named by the columns: `Status_C` or plain `C` for the class C of Status, or any one prefix and suffix around
 * all of them. Null unless columns and classes match one to one.
 */
function matchClasses(
  columns: readonly string[],
  target: string,
  values: readonly string[],
): string[] | null {
  if (columns.length < 2) return null;
  const byLabel = new Map(
    values.filter((value) => value.trim() !== '').map((value) => [canonicalLabel(value), value]),
  );
  if (byLabel.size !== columns.length) return null;
  const frames = [['', ''], [`${target}_`, ''], commonFrame(columns)] as const;
  for (const [prefix = '', suffix = ''] of frames) {
    const inner = columns.map((name) => innerText(name, prefix, suffix));
    const classes = inner.map((text) => byLabel.get(canonicalLabel(text ?? '')));
    const found = classes.filter((value) => value !== undefined);
    if (new Set(found).size === columns.length) return found;
  }
  return matchLoosely(columns, byLabel);
}

function innerText(name: string, prefix: string, suffix: string): string | null {
  if (!name.startsWith(prefix) || !name.endsWith(suffix) || name.length < prefix.length + suffix.length)
    return null;
  return name.slice(prefix.length, name.length - suffix.length);
}

/** The longest text that all names begin with, up to its last separator, and that all end with, from its first. */
function commonFrame(names: readonly string[]): [string, string] {
  const [first = ''] = names;
  let start = 0;
  while (start < first.length && names.every((name) => name[start] === first[start])) start += 1;
  let end = 0;
  while (end < first.length - start && names.every((name) => name.at(-1 - end) === first.at(-1 - end)))
    end += 1;
  const prefix = /^.*[_\- .:]/.exec(first.slice(0, start))?.[0] ?? '';
  const suffix = /[_\- .:].*$/.exec(first.slice(first.length - end))?.[0] ?? '';
  return [prefix, suffix];
}

/** As a last resort compares letters and digits alone: `class_new_york` is `New York`. */
function matchLoosely(columns: readonly string[], byLabel: ReadonlyMap<string, string>): string[] | null {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const [prefix, suffix] = commonFrame(columns);
  const byPlainText = new Map([...byLabel.values()].map((value) => [plain(value), value]));
  for (const [before, after] of [['', ''] as const, [prefix, suffix] as const]) {
    const found = columns
      .map((name) => byPlainText.get(plain(innerText(name, before, after) ?? '')))
      .filter((value) => value !== undefined);
    if (new Set(found).size === columns.length) return found;
  }
  return null;
}

function mismatch(
  input: InferenceInput,
  wanted: readonly string[],
  candidates: readonly string[],
): BusinessFailure {
  const list = (names: readonly string[]) => names.slice(0, 8).join(', ');
  if (candidates.length === 0) {
    return new BusinessFailure(
      `The sample asks for ${list(wanted)}, but every column of ${input.train.name} is also in ${input.test.name}, so there is no target to learn from.`,
      { code: 'problem.target_missing', details: { wanted: [...wanted] } },
    );
  }
  const shared = wanted.filter((name) => input.test.columns.some((column) => column.name === name));
  const reason =
    shared.length > 0
      ? `${list(shared)} is also in ${input.test.name}`
      : `only ${list(candidates)} is in ${input.train.name} alone, and its classes do not match those columns`;
  return new BusinessFailure(
    `The sample asks for ${list(wanted)}, but ${reason}; say which column is the target.`,
    { code: 'problem.sample_mismatch', details: { wanted: [...wanted], candidates: [...candidates] } },
  );
}
