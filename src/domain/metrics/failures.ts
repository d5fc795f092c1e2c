import { BusinessFailure } from '../errors.ts';

const MAX_EXCERPT = 40;

/** A prediction that the metric cannot take. `message` is one sentence. */
export function invalidPrediction(message: string, details: Record<string, unknown> = {}): BusinessFailure {
  return new BusinessFailure(message, { code: 'metric.invalid_prediction', details });
}

/** A truth on which the metric has no value, for example AUC of a single class. */
export function undefinedMetric(message: string, details: Record<string, unknown> = {}): BusinessFailure {
  return new BusinessFailure(message, { code: 'metric.undefined', details });
}

/** A cell as it may stand in a sentence: quoted and cut. */
export function excerpt(cell: string): string {
  return JSON.stringify(cell.length > MAX_EXCERPT ? `${cell.slice(0, MAX_EXCERPT)}…` : cell);
}
