import type { PriceRise } from './weather.ts';

/** A time in which something was so; real milliseconds of one monotonic clock, null where it lasts. */
type Span = { fromMs: number; toMs: number | null };
export type RatedSpan = Span & { label: string; usdPerHour: number };
export type NamedSpan = Span & { label: string };

/** By the vendors' own word, both together. */
export type VendorLog = {
  /** What was billed by the hour. */
  rates: readonly RatedSpan[];
  /** Machines, from the order to their end. */
  lives: readonly NamedSpan[];
  /** Processes of runs. */
  runs: readonly NamedSpan[];
};

export type Caps = { machines: number; usdPerHour: number };

/** Of additions in floating point. */
const roundingShare = 1e-9;
/** A kill takes a few milliseconds to be seen. */
const killMs = 50;
/** From a price that rises until the machine is gone: the watch has to look, and an end may be refused. */
const mostOverMs = 8_000;

/** The job of a key: all but its token. */
export function jobOfKey(key: string): string {
  return key.split('-').slice(0, -1).join('-');
}

/** Broken promises of one installation, whose labels begin with the prefix. */
export function brokenPromises(
  { rates, lives, runs }: VendorLog,
  prefix: string,
  { caps, rises }: { caps: Caps; rises: readonly PriceRise[] },
): { violations: string[]; overCapMs: number } {
  const own = <T extends NamedSpan>(spans: readonly T[]) =>
    spans.filter(({ label }) => label.startsWith(prefix));
  const most = Math.max(0, ...levels(own(lives), () => 1).map(({ level }) => level));
  const { violations, overCapMs } = overCap(own(rates), caps, rises);
  return {
    violations: [
      ...(most > caps.machines ? [`G3: ${most} machines at once`] : []),
      ...violations,
      ...doubledRuns(own(runs)),
    ],
    overCapMs,
  };
}

/** The sum of what runs, from one change to the next. */
function levels<T extends Span>(spans: readonly T[], worth: (span: T) => number) {
  const end = performance.now();
  const changes = spans
    .flatMap((span) => [
      { atMs: span.fromMs, by: worth(span) },
      { atMs: span.toMs ?? end, by: -worth(span) },
    ])
    // What ends at the moment in which something begins makes room for it.
    .sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let level = 0;
  return changes.map(({ atMs, by }, index) => {
    level += by;
    return { level, fromMs: atMs, toMs: changes[index + 1]?.atMs ?? end };
  });
}

function overCap(rates: readonly RatedSpan[], { usdPerHour }: Caps, rises: readonly PriceRise[]) {
  const over: { level: number; fromMs: number; toMs: number }[] = [];
  for (const { level, fromMs, toMs } of levels(rates, (span) => span.usdPerHour)) {
    if (level <= usdPerHour * (1 + roundingShare)) continue;
    const last = over.at(-1);
    if (last?.toMs === fromMs) Object.assign(last, { toMs, level: Math.max(level, last.level) });
    else over.push({ level, fromMs, toMs });
  }
  const isTheirs = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => {
    const rise = rises.findLast(({ atMs }) => atMs <= fromMs + killMs);
    return rise !== undefined && toMs - rise.atMs <= mostOverMs;
  };
  return {
    violations: over
      .filter((span) => !isTheirs(span))
      .map(
        ({ level, fromMs, toMs }) => `G3: $${level.toFixed(1)} an hour for ${Math.round(toMs - fromMs)} ms`,
      ),
    overCapMs: Math.max(0, ...over.filter(isTheirs).map(({ fromMs, toMs }) => toMs - fromMs)),
  };
}

/** No two processes of one job ran at the same time. */
function doubledRuns(runs: readonly NamedSpan[]): string[] {
  return [...Map.groupBy(runs, ({ label }) => jobOfKey(label))].flatMap(([job, ofJob]) => {
    const sorted = ofJob.toSorted((a, b) => a.fromMs - b.fromMs);
    return sorted.flatMap(({ label, fromMs }, index) => {
      const before = sorted[index - 1];
      const overlapMs = (before?.toMs ?? Number.POSITIVE_INFINITY) - fromMs;
      if (before === undefined || overlapMs <= killMs) return [];
      return [`G5: ${job} ran twice at the same time: ${before.label} and ${label} for ${overlapMs} ms`];
    });
  });
}
