import Anthropic from '@anthropic-ai/sdk';
import type { Secret } from '../../config/secret.ts';
import { TransientFailure } from '../../domain/errors.ts';
import type { Fetch } from '../http.ts';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * The vendor's client, as this project uses it: the key is read anew for each request, attempts are repeated by the
 * one policy alone, and neither its log nor its traces ever hold a prompt.
 */
export function createClaudeSdk(options: {
  apiKey: Secret;
  baseUrl: string;
  fetch: Fetch;
  /** Longest time for one attempt; the policy's own limit is shorter. */
  timeoutMs: number;
  /** An answer in which not even a sign of life comes for so long is given up. */
  stallMs: number;
}): Anthropic {
  return new Anthropic({
    apiKey: async () => options.apiKey.reveal(),
    // What the environment may hold for other programs is not ours.
    authToken: null,
    // Some write the address with the version, which the SDK adds by itself.
    baseURL: options.baseUrl.replace(/\/v1\/?$/, ''),
    fetch: watchful(options.fetch, options.stallMs),
    maxRetries: 0,
    timeout: options.timeoutMs,
    logger: silent,
    logLevel: 'off',
    openTelemetry: false,
  });
}

/** The vendor sends a ping now and then, which the SDK keeps to itself: so the bytes are watched. */
function watchful(fetch: Fetch, stallMs: number): Fetch {
  return async (input, init) => {
    const controller = new AbortController();
    const stalled = new TransientFailure('Claude stopped in the middle of an answer.', {
      code: 'claude.stalled',
    });
    const stop = (): void => controller.abort(stalled);
    let timer = setTimeout(stop, stallMs).unref();
    const touch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(stop, stallMs).unref();
    };
    const signals = [controller.signal, ...(init?.signal == null ? [] : [init.signal])];
    try {
      const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
      if (response.body === null) {
        clearTimeout(timer);
        return response;
      }
      const body = watched(response.body, { touch, end: () => clearTimeout(timer) });
      return new Response(body, {
        status: response.status,
        statusText: response.statusText,
        headers: response.headers,
      });
    } catch (error) {
      clearTimeout(timer);
      throw controller.signal.aborted ? stalled : error;
    }
  };
}

function watched(
  body: ReadableStream<Uint8Array>,
  watch: { touch: () => void; end: () => void },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          watch.end();
          controller.close();
          return;
        }
        watch.touch();
        controller.enqueue(value);
      } catch (error) {
        watch.end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      watch.end();
      await reader.cancel(reason);
    },
  });
}
