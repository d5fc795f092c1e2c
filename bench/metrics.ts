/** What it costs to score a hundred thousand rows with each metric; the slowest of them is told. */
import { metricNames, metricSpec } from '../src/domain/metrics/catalog.ts';
import { scoreColumns } from '../src/domain/metrics/score.ts';
import { createRandom } from '../src/domain/random.ts';
import { type Benchmark, median } from './figure.ts';

const rowCount = 100_000;
const turns = 5;

export const metricsBenchmark: Benchmark = {
  name: 'metrics',
  async measure(signal) {
    const random = createRandom('speed');
    const numbers = Array.from({ length: rowCount }, () => String(0.001 + random()));
    const bits = numbers.map(() => (random() < 0.5 ? '0' : '1'));
    const grades = numbers.map(() => String(Math.floor(random() * 5)));
    const measured = metricNames.map((metric) => {
      const { predictionKind } = metricSpec(metric);
      const labels = metric === 'quadratic_kappa' ? grades : bits;
      const truth = predictionKind === 'value' ? numbers.toReversed() : labels;
      const predicted = predictionKind === 'label' ? bits.toReversed() : numbers;
      const times = Array.from({ length: turns }, () => {
        signal.throwIfAborted();
        const startedAt = performance.now();
        scoreColumns(metric, [truth], [predicted], { k: 3 });
        return performance.now() - startedAt;
      });
      return { metric, ms: median(times) };
    });
    const slowest = measured.reduce((worst, one) => (one.ms > worst.ms ? one : worst));
    return {
      figures: [
        {
          name: 'metrics.slowest',
          variant: slowest.metric,
          value: slowest.ms,
          unit: 'ms',
          samples: turns,
          statistic: 'median',
        },
      ],
      notes: [],
    };
  },
};
