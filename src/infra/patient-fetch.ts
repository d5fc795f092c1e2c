import { Agent } from 'undici';

/**
 * A fetch for answers that are silent for minutes: the built-in one ends them after five. Whoever calls it watches over
 * its own limits, by the signal.
 * Source: undici 7.30, ClientOptions (`headersTimeout` and `bodyTimeout` are 300 s by default)
 */
export function createPatientFetch(options: { connectTimeoutMs: number; silenceMs: number }) {
  const dispatcher = new Agent({
    connect: { timeout: options.connectTimeoutMs },
    headersTimeout: options.silenceMs,
    bodyTimeout: options.silenceMs,
  });
  // Node's fetch takes it; its types describe another copy of undici. A test holds it to that.
  const patient = { dispatcher } as unknown as RequestInit;
  const patientFetch: typeof globalThis.fetch = (input, init) =>
    globalThis.fetch(input, { ...init, ...patient });
  return { fetch: patientFetch, close: async () => await dispatcher.close() };
}
