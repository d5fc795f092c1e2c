import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { crc32c } from './crc32c.ts';

/** What a storage service tells of a file: enough to know it again and to check a copy of it. */
const remoteObjectSchema = z.object({
  totalBytes: z.number().int().nonnegative().nullable(),
  /** Base64, as in `x-goog-hash`. */
  md5: z.string().nullable(),
  crc32c: z.string().nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
});

export type RemoteObject = z.output<typeof remoteObjectSchema>;

/** Source: Google Cloud Storage answers; `x-goog-hash` may come as several header lines. */
export function describeObject({ status, headers }: Response): RemoteObject {
  // A transfer that is packed on its way tells the size and checksum of other bytes than those that we get.
  const isPacked = !['', 'identity'].includes(headers.get('content-encoding') ?? '');
  const hashes = isPacked ? '' : (headers.get('x-goog-hash') ?? '');
  return {
    totalBytes: isPacked ? null : totalBytes(status, headers),
    md5: /(?:^|[,\s])md5=([A-Za-z0-9+/=]+)/.exec(hashes)?.[1] ?? null,
    crc32c: /(?:^|[,\s])crc32c=([A-Za-z0-9+/=]+)/.exec(hashes)?.[1] ?? null,
    etag: headers.get('etag'),
    lastModified: headers.get('last-modified'),
  };
}

/** False too when nothing tells the two apart or together: then nobody knows. */
export function isSameObject(a: RemoteObject, b: RemoteObject): boolean {
  if (a.totalBytes !== b.totalBytes) return false;
  const marks = (['md5', 'crc32c', 'etag', 'lastModified'] as const).filter(
    (mark) => a[mark] !== null && b[mark] !== null,
  );
  return marks.length > 0 && marks.every((mark) => a[mark] === b[mark]);
}

/** @returns null when the service told no checksum */
export async function matchesHash(
  file: string,
  object: RemoteObject,
  signal: AbortSignal,
): Promise<boolean | null> {
  if (object.md5 === null && object.crc32c === null) return null;
  const md5 = createHash('md5');
  let crc = 0;
  for await (const chunk of createReadStream(file, { signal })) {
    if (!Buffer.isBuffer(chunk)) continue;
    if (object.md5 === null) crc = crc32c(chunk, crc);
    else md5.update(chunk);
  }
  if (object.md5 !== null) return md5.digest('base64') === object.md5;
  const crcBytes = Buffer.alloc(4);
  crcBytes.writeUInt32BE(crc);
  return crcBytes.toString('base64') === object.crc32c;
}

/** @returns null when there is no note, or none that can be read */
export async function readNote(file: string): Promise<RemoteObject | null> {
  try {
    return remoteObjectSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

function totalBytes(status: number, headers: Headers): number | null {
  const range = headers.get('content-range');
  if (status === 206 || status === 416) {
    const total = /\/(\d+)$/.exec(range ?? '')?.[1];
    return total === undefined ? null : Number(total);
  }
  const length = headers.get('content-length');
  return length === null || !/^\d+$/.test(length) ? null : Number(length);
}
