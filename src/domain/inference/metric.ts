import { BusinessFailure } from '../errors.ts';
import { type MetricName, metricFromText, metricNames, metricSpec } from '../metrics/catalog.ts';
import { normaliseMetricText, readMetricK, speaksOfLogarithms } from '../metrics/metric-text.ts';
import { conclude, type Findings, type InferenceInput } from './findings.ts';

type NamedMetric = { metric: MetricName; k: number | null };

/** The metric that Kaggle names, else the one that the evaluation page names. */
export function inferMetric({ metricText, pageText }: InferenceInput, findings: Findings): NamedMetric {
  const named = metricFromText(metricText);
  if (named !== null) {
    conclude(
      findings,
      `The metric is ${metricSpec(named.metric).displayName}, from ${JSON.stringify(metricText)}.`,
    );
    if (named.metric === 'rmse' && speaksOfLogarithms(normaliseMetricText(pageText))) {
      conclude(findings, 'The evaluation page takes the error between logarithms.', 0.95);
      return { metric: 'rmse_log', k: null };
    }
    return named;
  }
  // A name that we do not know outweighs a page that mentions another one in passing.
  const fromPage = metricText.trim() === '' ? metricFromText(pageText) : null;
  if (fromPage === null) throw unknownMetric(metricText);
  conclude(
    findings,
    `The metric is ${metricSpec(fromPage.metric).displayName}, as the evaluation page says.`,
    0.85,
  );
  return fromPage;
}

function unknownMetric(metricText: string): BusinessFailure {
  const named =
    metricText.trim() === ''
      ? 'The competition names no metric'
      : `The metric ${JSON.stringify(metricText)} is not known`;
  return new BusinessFailure(
    `${named}, so its score cannot be computed here; say which of ours comes nearest.`,
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
