import type { SaladPriority } from './settings.ts';

/** A time in `running`, which alone is billed, at one price. Real milliseconds of one monotonic clock. */
export type BilledSpan = {
  group: string;
  instanceId: string;
  machineId: string;
  classId: string;
  priority: SaladPriority;
  usdPerHour: number;
  fromMs: number;
  /** null: still running. */
  toMs: number | null;
};

/** The vendor's own bill. */
export function createMeter({ secondMs }: { secondMs: number }) {
  const spans: BilledSpan[] = [];
  const open = (instanceId: string) =>
    spans.find((span) => span.instanceId === instanceId && span.toMs === null);
  const usdOf = (span: BilledSpan) => {
    const seconds = ((span.toMs ?? performance.now()) - span.fromMs) / secondMs;
    return (seconds / 3_600) * span.usdPerHour;
  };
  const sum = (wanted: readonly BilledSpan[]) => wanted.reduce((usd, span) => usd + usdOf(span), 0);

  return {
    spans: (): readonly BilledSpan[] => spans,
    begin(span: Omit<BilledSpan, 'fromMs' | 'toMs'>): void {
      if (open(span.instanceId) === undefined) spans.push({ ...span, fromMs: performance.now(), toMs: null });
    },
    end(instanceId: string): void {
      const span = open(instanceId);
      if (span !== undefined) span.toMs = performance.now();
    },
    /** What runs is billed at the new price from now on. */
    reprice(classId: string, priority: SaladPriority, usdPerHour: number): void {
      const running = spans.filter((span) => span.toMs === null);
      for (const span of running.filter((one) => one.classId === classId && one.priority === priority)) {
        span.toMs = performance.now();
        spans.push({ ...span, usdPerHour, fromMs: span.toMs, toMs: null });
      }
    },
    usd: (group?: string): number => sum(spans.filter((span) => group === undefined || span.group === group)),
    /** The dearest moment there was, in US dollars an hour. */
    peakUsdPerHour: (): number => Math.max(0, ...spans.map(({ fromMs }) => rateAt(spans, fromMs).usdPerHour)),
    mostAtOnce: (): number => Math.max(0, ...spans.map(({ fromMs }) => rateAt(spans, fromMs).count)),
  };
}
export type Meter = ReturnType<typeof createMeter>;

function rateAt(spans: readonly BilledSpan[], atMs: number): { usdPerHour: number; count: number } {
  const running = spans.filter(({ fromMs, toMs }) => fromMs <= atMs && (toMs === null || toMs > atMs));
  return { count: running.length, usdPerHour: running.reduce((sum, span) => sum + span.usdPerHour, 0) };
}
