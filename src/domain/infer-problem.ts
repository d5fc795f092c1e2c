import { isMissing, parseNumber } from './cells.ts';
import { BusinessFailure } from './errors.ts';
import { inferClasses } from './inference/classes.ts';
import { inferGroupColumn, inferTextColumns, inferTimeColumn } from './inference/columns.ts';
import { directionOfBoard } from './inference/direction.ts';
import { conclude, type Findings, type InferenceInput } from './inference/findings.ts';
import { inferMetric, inferMetricK } from './inference/metric.ts';
import { usualMetrics } from './inference/surrogate.ts';
import { inferTargets, type TargetMatch } from './inference/targets.ts';
import { type MetricName, metricSpec } from './metrics/catalog.ts';
import type { Problem } from './problem.ts';

export type Inference = {
  problem: Problem;
  /** What was concluded from what, one sentence each, for people. */
  evidence: string[];
  /** 0 to 1; below 0.9 a person should look at it, below 0.5 must. */
  confidence: number;
  /** Nothing named the metric: without an answer it should not be worked towards. */
  isMetricGuessed: boolean;
  /** Other metrics that such a competition is plausibly judged by, the most plausible first. */
  alternatives: MetricName[];
};

/**
 * Works out what has to be predicted and how it is judged, from the pages, the files' profiles and the sample.
 * @throws problem.metric_unknown, problem.metric_k_unknown, problem.sample_mismatch, problem.target_missing,
 * problem.target_not_numeric, problem.target_single_class, problem.classes_unknown
 */
export function inferProblem(input: InferenceInput): Inference {
  const findings: Findings = { evidence: [], confidence: 1 };
  const idColumn = inferIdColumn(input, findings);
  const named = inferMetric(input, findings);
  const targets = inferTargets(input, findings);
  const values = targets.targetColumns.map((column) => valuesOf(input, column));
  const namedKind = metricSpec(named.metric).predictionKind;
  const classes =
    namedKind === 'value'
      ? null
      : inferClasses({ input, targets, values, predictionKind: namedKind }, findings);
  if (namedKind === 'value') requireNumbers(named.metric, targets, values);
  const metric = fitMetric(named.metric, targets, classes, findings);
  const predictionKind = metricSpec(metric).predictionKind;
  const textColumns = inferTextColumns(input.train, input.test, [idColumn, ...targets.targetColumns]);
  if (textColumns.isDominant)
    conclude(findings, `Most of what is known of a row is the text of ${textColumns.names.join(', ')}.`);
  const problem: Problem = {
    slug: input.slug,
    title: input.title,
    modality: textColumns.isDominant ? 'text' : 'tabular',
    task: classes === null ? 'regression' : classes.length === 2 ? 'binary' : 'multiclass',
    metric,
    metricK: metric === 'map_at_k' ? inferMetricK(named.k, input, findings) : null,
    ...(named.official === null ? {} : { officialMetric: named.official }),
    predictionKind,
    idColumn,
    targetColumns: targets.targetColumns,
    submissionColumns: input.sample.columns.slice(1),
    classes,
    predictionColumns:
      predictionKind === 'label' && classes !== null
        ? labelColumns(targets.targetColumns, classes)
        : input.sample.columns.slice(1),
    textColumns: textColumns.names,
    groupColumn: inferGroupColumn(input.train, input.test, idColumn, targets.targetColumns, findings),
    timeColumn: inferTimeColumn(input.train, input.test, targets.targetColumns, findings),
  };
  return {
    problem,
    evidence: findings.evidence,
    // What a person said needs no second asking.
    confidence: input.told == null ? findings.confidence : 1,
    isMetricGuessed: named.isGuess,
    alternatives: alternativesTo(metric, input),
  };
}

/** Those that point the way of the leaderboard come first. */
function alternativesTo(metric: MetricName, input: InferenceInput): MetricName[] {
  const board = directionOfBoard(input.boardScores ?? []);
  const all = usualMetrics(input, null).filter((name) => name !== metric);
  const fitting = all.filter((name) => board === null || metricSpec(name).direction === board);
  return [...fitting, ...all.filter((name) => !fitting.includes(name))];
}

/** One probability column per class; with several targets the names carry the target, target by target. */
function labelColumns(targets: readonly string[], classes: readonly string[]): string[] {
  if (targets.length === 1) return [...classes];
  return targets.flatMap((target) => classes.map((name) => `${target}__${name}`));
}

function inferIdColumn({ sample, test }: InferenceInput, findings: Findings): string {
  const [idColumn] = sample.columns;
  if (idColumn === undefined || sample.columns.length < 2) {
    throw new BusinessFailure(
      `The sample submission has the columns ${JSON.stringify(sample.columns)}; an id and at least one prediction are needed.`,
      { code: 'problem.sample_mismatch' },
    );
  }
  const isInTest = test.columns.some(({ name }) => name === idColumn);
  if (isInTest)
    conclude(findings, `Rows are named by ${idColumn}, the first column of the sample submission.`);
  else
    conclude(
      findings,
      `The sample's first column ${idColumn} is not in the test file, so rows may be named wrongly.`,
      0.6,
    );
  return idColumn;
}

/** Distinct values of a target, without blanks; from the profile's most frequent ones where none were given. */
function valuesOf({ targetValues, train }: InferenceInput, column: string): string[] {
  const profile = train.columns.find(({ name }) => name === column);
  const given = targetValues[column] ?? profile?.top.map(({ value }) => value) ?? [];
  return given.filter((value) => value.trim() !== '' && value.trim().toLowerCase() !== 'nan');
}

function requireNumbers(
  metric: MetricName,
  { targetColumns }: TargetMatch,
  values: readonly (readonly string[])[],
): void {
  targetColumns.forEach((column, index) => {
    const odd = values[index]?.find((value) => parseNumber(value) === null && !isMissing(value));
    if (odd === undefined) return;
    throw new BusinessFailure(
      `${metricSpec(metric).displayName} needs numbers, but ${column} holds ${JSON.stringify(odd)}: the metric or the target was read wrongly.`,
      { code: 'problem.target_not_numeric', details: { column } },
    );
  });
}

/** The variant of the named metric that fits the number of classes and columns. */
function fitMetric(
  metric: MetricName,
  targets: TargetMatch,
  classes: readonly string[] | null,
  findings: Findings,
): MetricName {
  if (metric === 'log_loss' && targets.isPerClass) {
    conclude(findings, 'Log loss over one column per class is multi-class log loss.');
    return 'multiclass_log_loss';
  }
  if (metric === 'multiclass_log_loss' && !targets.isPerClass) {
    conclude(findings, 'Multi-class log loss over a single probability is log loss.', 0.95);
    return 'log_loss';
  }
  if (metric === 'f1' && classes !== null && classes.length > 2) {
    conclude(findings, `F1 is read as macro F1, since there are ${classes.length} classes.`, 0.8);
    return 'f1_macro';
  }
  return metric;
}
