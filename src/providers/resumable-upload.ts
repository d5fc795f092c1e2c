import { openAsBlob } from 'node:fs';
import { failureOf } from './failure-of.ts';
import { discard, type Fetch, readRefusal, send } from './http.ts';

export type UploadCall = {
  vendor: string;
  fetch: Fetch;
  /** A resumable session; it is used without credentials. */
  url: URL;
  file: string;
  sizeBytes: number;
  userAgent: string;
  signal: AbortSignal;
  now: () => Date;
};

/** How much of the file the session holds; an expired one never takes the rest. */
export type UploadState = { status: 'complete' | 'open' | 'expired'; receivedBytes: number };

const goneStatuses = new Set([401, 403, 404, 410]);

/**
 * Asks a resumable session how far it is.
 * Source: Google Cloud Storage, "Perform resumable uploads", status check; kagglehub gcs_upload.py.
 */
export async function askUploadState(call: UploadCall): Promise<UploadState> {
  const range = `bytes */${call.sizeBytes}`;
  return readState(call, await put(call, new Blob([]), { 'content-range': range }));
}

/** Sends the file from `offset` to its end. With nothing left to send it only asks. */
export async function uploadFrom(call: UploadCall, offset: number): Promise<UploadState> {
  if (offset > 0 && offset >= call.sizeBytes) return askUploadState(call);
  const whole = await openAsBlob(call.file);
  const isWhole = offset === 0;
  const range = `bytes ${offset}-${call.sizeBytes - 1}/${call.sizeBytes}`;
  // A whole file goes without Content-Range, an empty one must (the official client's way).
  return readState(call, await put(call, whole.slice(offset), isWhole ? {} : { 'content-range': range }));
}

async function put(call: UploadCall, body: Blob, headers: Record<string, string>): Promise<Response> {
  return send({ ...call, method: 'PUT', headers, body });
}

async function readState(call: UploadCall, response: Response): Promise<UploadState> {
  if (response.status === 200 || response.status === 201) {
    await discard(response);
    return { status: 'complete', receivedBytes: call.sizeBytes };
  }
  if (response.status === 308) {
    await discard(response);
    const last = /^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
    return { status: 'open', receivedBytes: last === undefined ? 0 : Number(last) + 1 };
  }
  const answer = await readRefusal(response, call.vendor, call.signal);
  if (goneStatuses.has(response.status)) return { status: 'expired', receivedBytes: 0 };
  throw failureOf(call.vendor, answer, call.now);
}
