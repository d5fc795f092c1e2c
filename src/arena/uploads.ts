import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export function uploadPath(stateFolder: string, uploadId: string): string {
  return join(stateFolder, 'uploads', uploadId);
}

/** Bytes of an upload that are safely here. */
export async function persistedBytes(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.size ?? 0;
}

export type ContentRange = { start: number | null; totalBytes: number | null };

/** `bytes 0-99/1000`, or `bytes *` + `/1000` which only asks. @returns null when it is neither */
export function parseContentRange(text: string): ContentRange | null {
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(text.trim());
  if (match === null) return null;
  const [, start, , total] = match;
  return {
    start: start === undefined ? null : Number(start),
    totalBytes: total === undefined || total === '*' ? null : Number(total),
  };
}

/**
 * Writes a body from `start` on, and keeps what arrived when the sender goes away in the middle.
 * @param stopAfterBytes test fault: stop reading after that many bytes
 * @returns whether the body came to its end
 */
export async function keepBody(
  body: Readable,
  path: string,
  { start, maxBytes, stopAfterBytes }: { start: number; maxBytes: number; stopAfterBytes: number | null },
): Promise<'whole' | 'cut off' | 'too long'> {
  const file = await open(path, start === 0 ? 'w' : 'r+', 0o600);
  try {
    await file.truncate(start);
    let position = start;
    for await (const chunk of chunksOf(body)) {
      if (position + chunk.length > maxBytes) return 'too long';
      const room = stopAfterBytes === null ? chunk.length : start + stopAfterBytes - position;
      const kept = chunk.subarray(0, Math.max(room, 0));
      await file.write(kept, 0, kept.length, position);
      position += kept.length;
      if (kept.length < chunk.length) return 'cut off';
    }
    return body.readableAborted ? 'cut off' : 'whole';
  } finally {
    await file.sync();
    await file.close();
  }
}

async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) {
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
  } catch {
    // The sender went away; what was yielded is kept.
  }
}
