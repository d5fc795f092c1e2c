import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { ConfigurationFailure } from '../../domain/errors.ts';
import { unansweredFailure } from './failures.ts';

const maxAnswerBytes = 4_000_000;

/** What node-vault asks its transport for. Source: node-vault 0.12, `request-promise` of its options. */
const wireSchema = z.object({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  uri: z.string(),
  headers: z.record(z.string(), z.string()),
  json: z.record(z.string(), z.unknown()).optional(),
  signal: z.instanceof(AbortSignal),
});

export type WireAnswer = { statusCode: number; body: unknown; request: { path: string } };

export type Transport = {
  send(options: unknown): Promise<WireAnswer>;
  close(): Promise<void>;
};

/**
 * One request and its answer, for node-vault in place of axios: it ends with its signal, follows no redirect (which
 * would take the token along), obeys no VAULT_SKIP_VERIFY, and its errors carry neither headers nor bodies.
 * @throws ConfigurationFailure `vault.bad_certificate`, TransientFailure `vault.unreachable`
 */
export function createTransport(options: {
  /** File of the authority that Vault's certificate is checked against; null: those that Node trusts. */
  caCertificate: string | null;
  timeoutMs: number;
}): Transport {
  const { timeoutMs } = options;
  const ca = options.caCertificate === null ? null : readCertificate(options.caCertificate);
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs, ...(ca === null ? {} : { ca }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxAnswerBytes,
  });
  return {
    async send(given) {
      const { method, uri, headers, json, signal } = wireSchema.parse(given);
      signal.throwIfAborted();
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const answer = await request(uri, {
          method,
          dispatcher,
          signal: limited,
          // Asked for by proxies of Vault that are told to require it.
          headers: { 'x-vault-request': 'true', 'content-type': 'application/json', ...headers },
          ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        });
        const text = await answer.body.text();
        return { statusCode: answer.statusCode, body: parse(text), request: { path: new URL(uri).pathname } };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw unansweredFailure(error);
      }
    },
    close: () => dispatcher.close(),
  };
}

function readCertificate(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new ConfigurationFailure(
      `The certificate file ${file} cannot be read (${code}); set VAULT_CACERT to a readable file.`,
      { code: 'vault.bad_certificate', cause },
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
