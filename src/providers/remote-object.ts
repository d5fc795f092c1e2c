import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { crc32c } from './crc32c.ts';

/** At once, from disk. */
const readBytes = 1_048_576;

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

export type Checksum = {
  update(bytes: Uint8Array): void;
  /** Whether all bytes together are those of the object; null when the service told no checksum. */
  matches(): boolean | null;
};

/** Sums up bytes as they come, by the best checksum that the service told. */
export function createChecksum({ md5, crc32c: crc }: RemoteObject): Checksum {
  if (md5 !== null) {
    const hash = createHash('md5');
    return { update: (bytes) => void hash.update(bytes), matches: () => hash.digest('base64') === md5 };
  }
  let sum = 0;
  return {
    update(bytes) {
      if (crc !== null) sum = crc32c(bytes, sum);
    },
    matches() {
      if (crc === null) return null;
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes.toString('base64') === crc;
    },
  };
}

/** @returns null when the service told no checksum */
export async function matchesHash(
  file: string,
  object: RemoteObject,
  signal: AbortSignal,
): Promise<boolean | null> {
  if (object.md5 === null && object.crc32c === null) return null;
  const check = createChecksum(object);
  for await (const chunk of createReadStream(file, { signal, highWaterMark: readBytes })) {
    if (Buffer.isBuffer(chunk)) check.update(chunk);
  }
  return check.matches();
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
