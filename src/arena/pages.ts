import { type MetricName, metricSpec } from '../domain/metrics/catalog.ts';
import type { Competition } from './competition-schema.ts';

export type Page = { name: string; content: string };

/** How a submission is judged, one sentence per metric. */
const judgements: Readonly<Record<MetricName, string>> = {
  accuracy: 'the share of rows whose label is predicted correctly',
  roc_auc: 'the area under the ROC curve between the predicted probability and the observed target',
  log_loss: 'the negative mean logarithm of the probability that was given to what happened',
  multiclass_log_loss:
    'the negative mean logarithm of the probability that was given to the true class; the probabilities of a row need not sum to one, since each is divided by the sum of its row',
  f1: 'the harmonic mean of precision and recall of the positive class',
  f1_macro: 'the F1 score of each class, averaged over the classes with equal weights',
  f1_micro: 'the F1 score over all classes together',
  f1_weighted: 'the F1 score of each class, averaged with the number of true rows as weights',
  average_precision:
    'the area under the precision-recall curve, as the weighted mean of precisions at each threshold',
  map_at_k: 'how early the true label comes in each row’s list of predicted labels',
  rmse: 'the square root of the mean squared difference between the predicted and the observed value',
  rmsle:
    'the root mean squared difference between the logarithms of one plus the predicted and one plus the observed value',
  rmse_log:
    'the root mean squared difference between the natural logarithms of the predicted and the observed value',
  mae: 'the mean absolute difference between the predicted and the observed value',
  mape: 'the mean absolute difference between prediction and observation, as a share of the observation',
  smape: 'the mean absolute difference between prediction and observation, as a share of the mean of both',
  r2: 'the share of the variance of the observed values that the predictions explain',
  kappa: 'the agreement between predicted and observed labels beyond chance',
  quadratic_kappa:
    'the agreement between predicted and observed ratings beyond chance, with quadratic weights',
  mcc: 'the correlation between predicted and observed classes',
  pearson: 'the linear correlation between the predicted and the observed values',
  spearman: 'the rank correlation between the predicted and the observed values',
  gini: 'the Gini coefficient of the predicted order, divided by that of the perfect order',
};

const cellWords = {
  label: 'predict the label',
  probability: 'predict a probability',
  value: 'predict a value',
} as const;

/** The texts of a competition's pages, in Markdown. */
export function pagesOf(competition: Competition): Page[] {
  const usual: Readonly<Record<string, string>> = {
    description: `# ${competition.title}\n\n${competition.description}\n`,
    evaluation: evaluationPage(competition),
    rules: rulesPage(competition),
    'data-description': dataPage(competition),
  };
  return Object.entries({ ...usual, ...competition.pages }).map(([name, content]) => ({ name, content }));
}

function evaluationPage(competition: Competition): string {
  const { metric, idColumn, submissionColumns, direction } = competition;
  const spec = metricSpec(metric.name);
  const name = spec.displayName.replace('{K}', String(metric.k ?? ''));
  const better = direction === 'maximize' ? 'Higher' : 'Lower';
  const averaged =
    submissionColumns.length > 1 && spec.perColumn
      ? ' The score is the mean over the predicted columns.'
      : '';
  const cells =
    metric.name === 'map_at_k'
      ? `give up to ${metric.k ?? 1} labels, separated by spaces, best first`
      : cellWords[spec.predictionKind];
  const blanks = submissionColumns.map(() => '…').join(',');
  return [
    '## Evaluation',
    `Submissions are evaluated using **${name}**: ${judgements[metric.name]}.${averaged} ${better} is better.`,
    '## Submission file',
    `For each \`${idColumn}\` in the test set, ${cells} for ${submissionColumns.map((column) => `\`${column}\``).join(', ')}. The file should contain a header and have the following format:`,
    [
      '```',
      [idColumn, ...submissionColumns].join(','),
      ...competition.solution.ids.slice(0, 3).map((id) => `${id},${blanks}`),
      '```',
    ].join('\n'),
    '',
  ].join('\n\n');
}

function rulesPage({
  dailySubmissions,
  teamSize,
  isKernelsOnly,
  notebooks,
  licence,
  rules,
}: Competition): string {
  return [
    '## Rules',
    `- You may submit at most ${dailySubmissions} entries per day.`,
    `- The maximum team size is ${teamSize}.`,
    '- Do not use the hidden labels, or labels of the test rows found elsewhere.',
    ...(isKernelsOnly ? notebookRules(notebooks) : []),
    ...(rules === undefined ? [] : ['', rules]),
    ...(licence === undefined ? [] : ['', '## Data licence', licence]),
    '',
  ].join('\n');
}

function notebookRules({ cpuMinutes, gpuMinutes, allowsInternet }: Competition['notebooks']): string[] {
  const cap = (kind: string, minutes: number | null) =>
    minutes === null ? [] : [`- ${kind} Notebook <= ${minutes} minutes run-time.`];
  return [
    '- Submissions to this competition must be made through Notebooks.',
    ...cap('CPU', cpuMinutes),
    ...cap('GPU', gpuMinutes),
    ...(allowsInternet ? [] : ['- Internet access disabled.']),
    '- The submission file must be named submission.csv.',
  ];
}

function dataPage(competition: Competition): string {
  const { idColumn, targetColumns, submissionColumns, files, dataDescription } = competition;
  const list = files.map((file) => `- **${file.name}** (${file.sizeBytes} bytes)`).join('\n');
  return [
    '## Files',
    list,
    '## Columns',
    `- \`${idColumn}\`: the id of a row`,
    ...targetColumns.map((column) => `- \`${column}\`: what has to be predicted; only in train.csv`),
    `- A submission has \`${[idColumn, ...submissionColumns].join('`, `')}\`.`,
    ...(dataDescription === undefined ? [] : ['', dataDescription]),
    '',
  ].join('\n');
}
