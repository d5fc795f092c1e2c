import type { z } from 'zod';
import { SystemFailure } from '../domain/errors.ts';
import { failureOf, type RefusedAnswer, unansweredFailure, vendorName } from './failure-of.ts';

export type Fetch = typeof globalThis.fetch;

/** A credential and the only origins (`https://api.example.com`) that may see it. */
export type Authorization = {
  origins: readonly string[];
  /** The value of the Authorization header; asked for as late as possible. */
  header: () => string;
};

export type HttpRequest = {
  /** Lower-case; prefix of the error codes. */
  vendor: string;
  fetch: Fetch;
  url: URL;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  userAgent: string;
  signal: AbortSignal;
  /** Left out where the policy already bounds the attempt. */
  timeoutMs?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Blob;
  authorization?: Authorization;
};

export type JsonCall<T> = Omit<HttpRequest, 'body'> & {
  /** Sent as JSON. */
  json?: unknown;
  response: z.ZodType<T>;
  now: () => Date;
  maxBytes?: number;
  /** Takes our secrets out of the vendor's words, in case it echoes them. */
  redact?: (text: string) => string;
  /** For a vendor whose statuses mean something else. */
  failureOf?: (answer: RefusedAnswer) => Error;
};

const defaultMaxJsonBytes = 10_000_000;
/** Enough for every vendor's error; the rest of a longer one is not read. */
const maxErrorBytes = 64_000;

/**
 * One request. It follows no redirect, keeps no cookies, and shows its credential to the allowed origins alone.
 * @returns the answer, whatever its status; its body must be read or cancelled.
 * @throws TransientFailure `<vendor>.unreachable` or `<vendor>.timeout`; the signal's reason when it aborts.
 */
export async function send(request: HttpRequest): Promise<Response> {
  const { authorization, url } = request;
  const signal = boundedSignal(request);
  const headers = new Headers({ ...request.headers, 'user-agent': request.userAgent });
  if (authorization?.origins.includes(url.origin)) headers.set('authorization', authorization.header());
  try {
    return await request.fetch(url, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  } catch (cause) {
    throw unansweredFailure(request.vendor, cause, signal);
  }
}

/** One JSON call to a vendor: timed out, checked against a schema, and failing only as a `Failure`. */
export async function callJson<T>(call: JsonCall<T>): Promise<T> {
  const { json, ...request } = call;
  const signal = boundedSignal(call);
  const response = await send({
    ...request,
    signal,
    headers: { accept: 'application/json', ...jsonHeaders(json), ...call.headers },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  if (!response.ok) {
    const answer = await readRefusal(response, call.vendor, signal, call.redact);
    throw call.failureOf?.(answer) ?? failureOf(call.vendor, answer, call.now);
  }
  const maxBytes = call.maxBytes ?? defaultMaxJsonBytes;
  const text = (await readCapped(response, { vendor: call.vendor, signal, maxBytes })).toString('utf8');
  return parseAnswer(call.vendor, text, call.response);
}

/** @throws SystemFailure `<vendor>.bad_response` */
export function parseAnswer<T>(vendor: string, text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new SystemFailure(`${vendorName(vendor)} answered in a shape we do not know.`, {
    code: `${vendor}.bad_response`,
    cause: parsed.error,
  });
}

/** @returns undefined for text that is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A whole body, unpacked, never more than `maxBytes` of it in memory.
 * @throws SystemFailure `<vendor>.response_too_large`
 */
export async function readCapped(
  response: Response,
  { vendor, signal, maxBytes }: { vendor: string; signal: AbortSignal; maxBytes: number },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) {
        throw new SystemFailure(`${vendorName(vendor)} answered with more than ${maxBytes} bytes.`, {
          code: `${vendor}.response_too_large`,
        });
      }
    }
  } catch (cause) {
    throw unansweredFailure(vendor, cause, signal);
  }
  return Buffer.concat(chunks);
}

/** The start of a refusal's body. What cannot be read counts as empty: the status says enough. */
export async function readRefusal(
  response: Response,
  vendor: string,
  signal: AbortSignal,
  redact: (text: string) => string = (text) => text,
): Promise<RefusedAnswer> {
  const body = await readCapped(response, { vendor, signal, maxBytes: maxErrorBytes }).catch(
    (error: unknown) => {
      if (signal.aborted) throw error;
      return Buffer.alloc(0);
    },
  );
  return { status: response.status, headers: response.headers, text: redact(body.toString('utf8')) };
}

/** Ends an answer whose body nobody wants, so that its connection is free again. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

function boundedSignal({ signal, timeoutMs }: Pick<HttpRequest, 'signal' | 'timeoutMs'>): AbortSignal {
  return timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}

function jsonHeaders(json: unknown): Record<string, string> {
  return json === undefined ? {} : { 'content-type': 'application/json' };
}
