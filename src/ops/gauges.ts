import { Gauge, type Registry } from 'prom-client';

export type Sample = { labels?: Readonly<Record<string, string>>; value: number };

/** What stands in the list of metrics. */
export type MetricDescription = {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
};

/** One gauge, and what it shows of a reading. */
export type GaugeSpec<T> = {
  name: string;
  help: string;
  labels?: readonly string[];
  samples: (reading: T) => readonly Sample[];
};

export type ShownGauges<T> = {
  /** null: nothing is known now, so nothing is shown; an old number would look like a new one. */
  show(reading: T | null): void;
  list: readonly MetricDescription[];
};

/** Gauges that are all of one reading. */
export function createGauges<T>(registry: Registry, specs: readonly GaugeSpec<T>[]): ShownGauges<T> {
  const gauges = specs.map(({ name, help, labels = [] }) => {
    return new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
  });
  return {
    show(reading) {
      for (const [index, gauge] of gauges.entries()) {
        const spec = specs[index];
        const samples = reading === null ? [] : (spec?.samples(reading) ?? []);
        gauge.reset();
        // A gauge without labels goes back to 0, which is a number too.
        if (spec?.labels === undefined) gauge.remove();
        for (const { labels = {}, value } of samples) gauge.set(labels, value);
      }
    },
    list: specs.map(({ name, help, labels = [] }) => ({ name, type: 'gauge', help, labels })),
  };
}
