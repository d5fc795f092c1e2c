import { betterWords } from '../contract-words.ts';
import { BusinessFailure } from '../errors.ts';
import {
  type MetricName,
  metricFromText,
  metricNames,
  metricSpec,
  otherMetricFromText,
} from '../metrics/catalog.ts';
import { normaliseMetricText, readMetricK, speaksOfLogarithms } from '../metrics/metric-text.ts';
import { directionFromWords, type OtherMetric } from '../metrics/other-metrics.ts';
import { type Direction, directionOfBoard, directionOfText, impossibleScore } from './direction.ts';
import { conclude, type Findings, type InferenceInput } from './findings.ts';
import { usualMetrics } from './surrogate.ts';

export type NamedMetric = {
  metric: MetricName;
  k: number | null;
  /** The vendor's own, where ours only stands in for it. */
  official: { name: string; direction: Direction } | null;
  /** Nothing named the metric: it is a usual one of such competitions. */
  isGuess: boolean;
};

/** How sure a conclusion is; what multiplies to less than 0.9 is asked about, to less than 0.5 waits for the answer. */
const certainty = {
  fromPage: 0.85,
  monotone: 0.95,
  surrogate: 0.6,
  surrogateFromPage: 0.5,
  pageForUnknownName: 0.45,
  guess: 0.4,
  boardContradicts: 0.4,
  textContradicts: 0.7,
  impossible: 0.5,
} as const;

/**
 * The metric from its name, else from the evaluation page, else from the leaderboard's order and what is submitted;
 * each of these that contradicts it lowers the confidence.
 * @throws problem.metric_unknown where none of them says even which way is better
 */
export function inferMetric(input: InferenceInput, findings: Findings): NamedMetric {
  if (input.told?.metric !== undefined) return fromPerson(input, input.told.metric, findings);
  const named = fromName(input, findings) ?? fromPage(input, findings) ?? fromDirectionAlone(input, findings);
  if (named === null) throw unknownMetric(input.metricText);
  const direction = input.told?.direction;
  if (direction !== undefined) return turned(input, named, direction, findings);
  checkDirection(input, named, findings);
  return named;
}

/**
 * A person said which way is better and no more: what was read to point the other way gives way to a usual metric that
 * points this one, since scores of ours and the vendor's are held side by side.
 */
function turned(
  input: InferenceInput,
  named: NamedMetric,
  direction: Direction,
  findings: Findings,
): NamedMetric {
  conclude(findings, `${capitalised(betterWords(direction))}, as a person said.`);
  const ours = metricSpec(named.metric);
  if ((named.official?.direction ?? ours.direction) === direction) return named;
  const official = { name: named.official?.name ?? (input.metricText.trim() || ours.displayName), direction };
  const [usual] = usualMetrics(input, direction);
  return { ...named, ...(usual === undefined ? {} : { metric: usual, k: null }), official };
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function fromPerson(
  { told, metricText }: InferenceInput,
  metric: MetricName,
  findings: Findings,
): NamedMetric {
  const { direction, displayName } = metricSpec(metric);
  conclude(findings, `The metric is ${displayName}, as a person said.`);
  const isOther = told?.direction !== undefined && told.direction !== direction;
  const official = isOther
    ? { name: metricText || displayName, direction: told.direction ?? direction }
    : null;
  return { metric, k: told?.metricK ?? null, official, isGuess: false };
}

function fromName({ metricText, pageText }: InferenceInput, findings: Findings): NamedMetric | null {
  const named = metricFromText(metricText);
  if (named === null) {
    const other = otherMetricFromText(metricText);
    return other === null ? null : standIn(other, 'Kaggle names', certainty.surrogate, findings);
  }
  const { displayName } = metricSpec(named.metric);
  conclude(findings, `The metric is ${displayName}, from ${JSON.stringify(metricText)}.`);
  if (named.metric === 'rmse' && speaksOfLogarithms(normaliseMetricText(pageText))) {
    conclude(findings, 'The evaluation page takes the error between logarithms.', 0.95);
    return { metric: 'rmse_log', k: null, official: null, isGuess: false };
  }
  return { ...named, official: null, isGuess: false };
}

function fromPage({ metricText, pageText }: InferenceInput, findings: Findings): NamedMetric | null {
  const isUnnamed = metricText.trim() === '';
  const fromText = metricFromText(pageText);
  if (fromText === null) {
    const other = otherMetricFromText(pageText);
    const sure = isUnnamed ? certainty.surrogateFromPage : certainty.guess;
    return other === null ? null : standIn(other, 'The evaluation page names', sure, findings);
  }
  const { displayName, direction } = metricSpec(fromText.metric);
  if (isUnnamed) {
    conclude(findings, `The metric is ${displayName}, as the evaluation page says.`, certainty.fromPage);
    return { ...fromText, official: null, isGuess: false };
  }
  // A page may mention another metric in passing, so the unknown name weighs more than that.
  conclude(
    findings,
    `${JSON.stringify(metricText)} is not known; the evaluation page speaks of ${displayName}, which stands in for it.`,
    certainty.pageForUnknownName,
  );
  return { ...fromText, official: { name: metricText, direction }, isGuess: true };
}

function standIn(other: OtherMetric, who: string, sure: number, findings: Findings): NamedMetric | null {
  if (other.surrogate === null) return null;
  const ours = metricSpec(other.surrogate).displayName;
  conclude(
    findings,
    other.isMonotone
      ? `${who} ${other.name}, which orders submissions as ${ours} does.`
      : `${who} ${other.name} (${betterWords(other.direction)}), which is not computed here; ${ours} comes nearest and stands in for it.`,
    other.isMonotone ? certainty.monotone : sure,
  );
  const official = { name: other.name, direction: other.direction };
  return { metric: other.surrogate, k: null, official, isGuess: false };
}

/** Nothing names a metric that we have: a usual one that points the way of the board, or of the words. */
function fromDirectionAlone(input: InferenceInput, findings: Findings): NamedMetric | null {
  const { metricText, pageText, boardScores = [] } = input;
  const board = directionOfBoard(boardScores);
  const other = otherMetricFromText(metricText) ?? otherMetricFromText(pageText);
  const direction =
    input.told?.direction ??
    board ??
    other?.direction ??
    directionOfText(pageText) ??
    directionFromWords(normaliseMetricText(metricText));
  const [metric] = direction === null ? [] : usualMetrics(input, direction);
  if (direction === null || metric === undefined) return null;
  const name = other?.name ?? (metricText.trim() === '' ? 'an unnamed metric' : metricText.trim());
  conclude(
    findings,
    `Submissions are judged by ${name} (${betterWords(direction)}${board === direction ? ', by the order of the leaderboard' : ''}), which is not computed here; ${metricSpec(metric).displayName} is usual for such files and stands in for it.`,
    certainty.guess,
  );
  return { metric, k: null, official: { name, direction }, isGuess: true };
}

/** What the leaderboard and the page say about the way of a metric that was named. */
function checkDirection(input: InferenceInput, named: NamedMetric, findings: Findings): void {
  const { boardScores = [], pageText } = input;
  const direction = named.official?.direction ?? metricSpec(named.metric).direction;
  const board = directionOfBoard(boardScores);
  const [first, last] = [boardScores[0], boardScores.at(-1)];
  if (board !== null) {
    const seen = `The leaderboard goes from ${first} down to place ${boardScores.length} with ${last}, so ${betterWords(board)}`;
    if (board === direction) conclude(findings, `${seen}, as it should.`);
    else conclude(findings, `${seen}: the metric points the other way.`, certainty.boardContradicts);
  }
  const text = directionOfText(pageText);
  if (text === direction) conclude(findings, `The page says so, too: ${betterWords(text)}.`);
  else if (text !== null && board !== direction) {
    const sentence = `The page says that ${betterWords(text)}, which contradicts the metric.`;
    conclude(findings, sentence, certainty.textContradicts);
  }
  const impossible = named.official === null ? impossibleScore(named.metric, boardScores) : null;
  if (impossible !== null) {
    const { displayName } = metricSpec(named.metric);
    const sentence = `The leaderboard has a score of ${impossible}, which ${displayName} cannot be.`;
    conclude(findings, sentence, certainty.impossible);
  }
}

function unknownMetric(metricText: string): BusinessFailure {
  const named =
    metricText.trim() === ''
      ? 'The competition names no metric'
      : `The metric ${JSON.stringify(metricText)} is not known`;
  return new BusinessFailure(
    `${named}, and neither its pages nor its leaderboard say more; say which of ours comes nearest.`,
    {
      code: 'problem.metric_unknown',
      details: { metricText, known: [...metricNames] },
    },
  );
}

/** The K of MAP@K: as named, as the page says, or as many labels as a cell of the sample holds. */
export function inferMetricK(
  named: number | null,
  { pageText, sample }: InferenceInput,
  findings: Findings,
): number {
  const k = named ?? readMetricK(normaliseMetricText(pageText));
  if (k !== null) return k;
  const labels = (sample.firstRows[0]?.[1] ?? '').trim().split(/\s+/).filter(Boolean).length;
  if (labels > 1) {
    conclude(findings, `K is ${labels}, since the sample submits so many labels a row.`, 0.85);
    return labels;
  }
  throw new BusinessFailure(
    'The metric is MAP@K, but neither the pages nor the sample submission say what K is.',
    {
      code: 'problem.metric_k_unknown',
    },
  );
}
