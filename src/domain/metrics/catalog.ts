import { type MetricName as Name, metricNames as names } from './metric-names.ts';
import { findAliases, normaliseMetricText, readMetricK, speaksOfLogarithms } from './metric-text.ts';
import { type OtherMetric, otherMetrics } from './other-metrics.ts';
import { type MetricSpec as Spec, specs } from './specs.ts';

/** Every metric that the host computes itself. */
export const metricNames = names;

export type MetricName = Name;
export type MetricSpec = Spec;

/** Direction, kind of prediction, names and averaging of a metric. */
export function metricSpec(name: MetricName): MetricSpec {
  return { perColumn: true, ...specs[name], name };
}

function aliasTable(): Map<string, MetricName | null> {
  const table = new Map<string, MetricName | null>();
  for (const alias of otherAliases().keys()) table.set(alias, null);
  for (const name of metricNames) {
    for (const alias of [name, specs[name].displayName, ...specs[name].aliases]) {
      table.set(normaliseMetricText(alias), name);
    }
  }
  return table;
}

function otherAliases(): Map<string, OtherMetric> {
  return new Map(
    otherMetrics.flatMap((other) =>
      [other.name, ...other.aliases].map((alias) => [normaliseMetricText(alias), other] as const),
    ),
  );
}

/**
 * Reads which metric a text names first, of those that are known and not computed here.
 * @returns null where it names none, or one of ours before it
 */
export function otherMetricFromText(text: string): OtherMetric | null {
  const normalised = normaliseMetricText(text);
  const first = findAliases(normalised, aliasTable())[0];
  return first === undefined || first.value !== null ? null : (otherAliases().get(first.alias) ?? null);
}

/**
 * Reads which metric a text names: a short name such as `MAP@3` or a page of prose. Where a page names several,
 * the one named first counts.
 * @returns null when it names none that the host computes. `k` is null unless the text says the K of MAP@K.
 */
export function metricFromText(text: string): { metric: MetricName; k: number | null } | null {
  const normalised = normaliseMetricText(text);
  const first = findAliases(normalised, aliasTable())[0];
  const k = readMetricK(normalised);
  if (k !== null && (first === undefined || first.value === 'map_at_k')) return { metric: 'map_at_k', k };
  if (first === undefined || first.value === null) return null;
  if (first.value === 'rmse' && speaksOfLogarithms(normalised)) return { metric: 'rmse_log', k: null };
  return { metric: first.value, k: null };
}
