/**
 * The chats, against workspaces of their own that keep Slack's and Discord's rates: how long until something shows,
 * what a storm of progress costs, how fast commands are acknowledged.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { measureAcknowledgement } from './chat/acknowledgement.ts';
import { measureDecisions } from './chat/decisions.ts';
import { measureMoves } from './chat/moves.ts';
import { openPeopleSide } from './chat/people-side.ts';
import { measureStorm } from './chat/storm.ts';
import type { Benchmark, Figure, Measured } from './figure.ts';

const nsPerMs = 1e6;

export const chatBenchmark: Benchmark = {
  name: 'chat',
  async measure(signal) {
    const parts: Measured[] = [await measureAcknowledgement(signal)];
    const people = await openPeopleSide(signal);
    const delay = monitorEventLoopDelay();
    delay.enable();
    try {
      for (const measure of [measureMoves, measureDecisions, measureStorm]) {
        parts.push(await measure(people, signal));
      }
    } finally {
      delay.disable();
      await people.close();
    }
    return {
      figures: [...parts.flatMap(({ figures }) => figures), ...delayFigures(delay)],
      notes: parts.flatMap(({ notes }) => notes),
    };
  },
};

/** Agent and workspaces share one thread here: what stood in its way meanwhile. */
function delayFigures(delay: ReturnType<typeof monitorEventLoopDelay>): Figure[] {
  const base = {
    name: 'chat.eventLoopDelay',
    variant: 'whole process',
    unit: 'ms',
    samples: delay.count,
  } as const;
  return [
    { ...base, value: delay.percentile(50) / nsPerMs, statistic: 'median' },
    { ...base, value: delay.percentile(99) / nsPerMs, statistic: 'p99' },
    { ...base, value: delay.max / nsPerMs, statistic: 'max' },
  ];
}
