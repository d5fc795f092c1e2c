const mostDecimals = 5;

export type Ticks = { min: number; max: number; step: number; decimals: number };

/** Round numbers around a range, about `wanted` of them. */
export function niceTicks(low: number, high: number, wanted: number): Ticks {
  const span = high > low ? high - low : Math.max(Math.abs(high) * 0.02, 10 ** -mostDecimals * wanted);
  const step = niceStep(span / wanted);
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const round = (value: number) => Number(value.toFixed(decimals));
  const middle = (low + high) / 2;
  const [from, to] = high > low ? [low, high] : [middle - span / 2, middle + span / 2];
  return {
    min: round(Math.floor(from / step + 1e-9) * step),
    max: round(Math.ceil(to / step - 1e-9) * step),
    step,
    decimals,
  };
}

/** The next of 1, 2, 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** A number short enough for an axis. */
export function tickText(value: number, { decimals }: Pick<Ticks, 'decimals'>): string {
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(1).replace('e+', 'e');
  return value.toFixed(Math.min(decimals, mostDecimals + 1));
}

/**
 * Places for labels beside a picture, in the order of `wanted` (pixels from the top): as near to where they belong as
 * `gap` between them and the edges allow.
 */
export function spreadLabels(
  wanted: readonly number[],
  { gap, top, bottom }: { gap: number; top: number; bottom: number },
): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  const placed = new Array<number>(wanted.length).fill(top);
  let next = top;
  for (const { at, index } of order) {
    placed[index] = Math.max(next, at);
    next = (placed[index] ?? at) + gap;
  }
  let limit = bottom;
  for (const { index } of order.toReversed()) {
    placed[index] = Math.min(limit, placed[index] ?? limit);
    limit = (placed[index] ?? limit) - gap;
  }
  return placed;
}
