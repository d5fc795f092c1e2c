import { type Figure, quantile } from '../figure.ts';
import { type Platform, platforms, type Sight } from './sights.ts';

export type Spans = Record<Platform, number[]>;

export function noSpans(): Spans {
  return { slack: [], discord: [] };
}

/** From a moment until each platform showed it, in milliseconds. */
export function addSpans(spans: Spans, sinceMs: number, seen: Record<Platform, Pick<Sight, 'atMs'>>): void {
  // The platforms' clocks tell whole milliseconds.
  for (const platform of platforms) spans[platform].push(Math.max(0, seen[platform].atMs - sinceMs));
}

export function spanFigures(name: string, spans: Spans): Figure[] {
  return platforms.flatMap((platform): Figure[] => {
    const values = spans[platform];
    const base = { name, variant: platform, unit: 'ms', samples: values.length } as const;
    return [
      { ...base, value: quantile(values, 0.5), statistic: 'median' },
      { ...base, value: quantile(values, 0.95), statistic: 'p95' },
    ];
  });
}

/** How many times as long something takes as the bare call, by the medians. */
export function ratioFigures(name: string, spans: Spans, bare: Spans): Figure[] {
  return platforms.map((platform) => ({
    name,
    variant: platform,
    value: quantile(spans[platform], 0.5) / quantile(bare[platform], 0.5),
    unit: 'ratio',
    samples: spans[platform].length,
    statistic: 'value',
  }));
}
