import { canonicalLabel, sortLabels } from '../cells.ts';
import { BusinessFailure } from '../errors.ts';
import type { Problem } from '../problem.ts';
import { conclude, type Findings, type InferenceInput } from './findings.ts';
import type { TargetMatch } from './targets.ts';

/** More different values than this are no classes but a number or a text. */
const MAX_CLASSES = 1000;
/** Second classes that plainly are the positive one. */
const positiveNames = new Set([
  '1',
  'true',
  'yes',
  'y',
  'positive',
  'pos',
  'presence',
  'present',
  'survived',
  'spam',
]);

export type ClassQuestion = {
  input: InferenceInput;
  targets: TargetMatch;
  /** Distinct values of each target. */
  values: readonly (readonly string[])[];
  predictionKind: Problem['predictionKind'];
};

/** The classes of a classification as train.csv writes them; with two, the last is the positive one. */
export function inferClasses(question: ClassQuestion, findings: Findings): string[] {
  const { targets, values } = question;
  if (targets.classes !== null) return targets.classes;
  const labels = new Map(values.flat().map((value) => [canonicalLabel(value), value]));
  const classes = sortLabels(labels.values());
  const names = targets.targetColumns.join(', ');
  if (classes.length < 2) {
    throw new BusinessFailure(`The target ${names} has only one value, so there is nothing to tell apart.`, {
      code: 'problem.target_single_class',
      details: { columns: targets.targetColumns },
    });
  }
  refuseTooMany(question, classes);
  refuseUnequal(question, classes);
  notePositiveClass(classes, findings);
  return classes;
}

function refuseTooMany({ input, targets }: ClassQuestion, classes: readonly string[]): void {
  for (const column of targets.targetColumns) {
    const profile = input.train.columns.find(({ name }) => name === column);
    const isIncomplete =
      profile !== undefined && !(column in input.targetValues) && profile.distinct > classes.length;
    if (classes.length <= MAX_CLASSES && !isIncomplete) continue;
    throw new BusinessFailure(
      `The target ${column} has ${Math.max(profile?.distinct ?? 0, classes.length)} different values, too many to be classes: the metric or the target was read wrongly.`,
      { code: 'problem.classes_unknown', details: { column } },
    );
  }
}

/** One probability a row can only tell two classes apart, and several targets need the same classes. */
function refuseUnequal({ targets, values, predictionKind }: ClassQuestion, classes: readonly string[]): void {
  if (classes.length === 2) return;
  const names = targets.targetColumns.join(', ');
  const shown = classes.slice(0, 8).join(', ');
  const hasUnequal = values.some((labels) => new Set(labels.map(canonicalLabel)).size !== classes.length);
  if (predictionKind !== 'probability' && !hasUnequal) return;
  const reason = hasUnequal
    ? `The targets ${names} do not have the same classes`
    : `The sample has one probability for ${names}, which has ${classes.length} classes`;
  throw new BusinessFailure(`${reason} (${shown}), so this form of submission cannot be made here.`, {
    code: 'problem.sample_mismatch',
    details: { classes: classes.slice(0, 20) },
  });
}

function notePositiveClass(classes: readonly string[], findings: Findings): void {
  if (classes.length !== 2) {
    conclude(findings, `There are ${classes.length} classes.`);
    return;
  }
  const positive = classes[1] ?? '';
  const isPlain = positiveNames.has(canonicalLabel(positive).toLowerCase());
  conclude(
    findings,
    `The classes are ${classes.join(' and ')}; ${positive} is the positive one.`,
    isPlain ? 1 : 0.9,
  );
}
