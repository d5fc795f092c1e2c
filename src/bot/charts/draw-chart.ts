import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Chart } from '../../domain/chart.ts';
import { TransientFailure } from '../../domain/errors.ts';

/** A picture takes less than a second; on a machine that is very busy some more. */
const longestMs = 30_000;
/** Everything else on the machine goes on while charts are drawn. */
const threadsAtOnce = 2;

export type DrawOptions = { scale?: number; signal?: AbortSignal };

/**
 * Draws charts as `drawChart` does, a few at once: who comes later waits, first come, first served. One for the
 * whole process, so that a storm of charts is no storm of threads.
 */
export function createChartDrawer(atOnce = threadsAtOnce): typeof drawChart {
  const waiting: (() => void)[] = [];
  let drawing = 0;

  async function takePlace(chart: Chart, signal: AbortSignal | undefined): Promise<void> {
    if (drawing < atOnce) {
      drawing += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const admit = () => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = () => {
      waiting.splice(waiting.indexOf(admit), 1);
      reject(notDrawn(chart, signal?.reason));
    };
    waiting.push(admit);
    signal?.addEventListener('abort', giveUp, { once: true });
    await promise;
  }

  return async (chart, options = {}) => {
    if (options.signal?.aborted === true) throw notDrawn(chart, options.signal.reason);
    await takePlace(chart, options.signal);
    try {
      return await drawChart(chart, options);
    } finally {
      const next = waiting.shift();
      // The place goes straight to who waited longest.
      if (next === undefined) drawing -= 1;
      else next();
    }
  };
}

/**
 * Draws a chart as PNG of 1200 × 600 pixels, in a thread of its own. The same facts give the same bytes.
 * @throws chart.not_drawn
 */
export async function drawChart(chart: Chart, { scale = 1, signal }: DrawOptions = {}): Promise<Buffer> {
  const limit = AbortSignal.timeout(longestMs);
  const worker = new Worker(new URL('./chart-worker.ts', import.meta.url), { workerData: { chart, scale } });
  try {
    // `once` rejects on the worker's error too.
    const [png] = await once(worker, 'message', {
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    if (!(png instanceof Uint8Array))
      throw new TypeError('the thread answered something else than a picture');
    return Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  } catch (error) {
    throw notDrawn(chart, error);
  } finally {
    await worker.terminate();
  }
}

function notDrawn({ slug }: Chart, cause: unknown): TransientFailure {
  return new TransientFailure('The chart could not be drawn, so the message goes without it.', {
    code: 'chart.not_drawn',
    cause,
    details: { slug },
  });
}

/** A name for a chart's facts: the same facts, the same name, hence the same picture. 43 characters. */
export function chartKey(chart: Chart): string {
  return createHash('sha256').update(JSON.stringify(chart)).digest('base64url');
}
