import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Refusal } from './refusal.ts';

/** Bytes on disk, and their digests. */
export type Stored = { file: string; sizeBytes: number; md5: string; sha256: string; crc32: string };

export type State = {
  /** `null` in a bucket without versioning. */
  id: string;
  isMarker: boolean;
  files: Stored[];
  sizeBytes: number;
  etag: string;
  metadata: Record<string, string>;
  tags: [string, string][];
  modifiedAt: Date;
};

export type Upload = {
  key: string;
  metadata: Record<string, string>;
  parts: Map<number, Stored>;
  startedAt: Date;
};

export type Bucket = {
  name: string;
  /** By key; the newest last. */
  states: Map<string, State[]>;
  uploads: Map<string, Upload>;
  isVersioned: boolean;
  /** As they were put, each a document. */
  settings: Map<'lifecycle' | 'encryption' | 'publicAccessBlock', string>;
};

const smallestPartBytes = 5 * 1024 * 1024;

export function createBucket(name: string): Bucket {
  return { name, states: new Map(), uploads: new Map(), isVersioned: false, settings: new Map() };
}

/** @throws Refusal `NoSuchKey`, `NoSuchVersion` */
export function find(bucket: Bucket, key: string, version: string | null): State {
  const states = bucket.states.get(key) ?? [];
  if (version === null) {
    const latest = states.at(-1);
    if (latest === undefined || latest.isMarker)
      throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
    return latest;
  }
  const found = states.find(({ id }) => id === version);
  if (found === undefined) throw new Refusal(404, 'NoSuchVersion', 'The specified version does not exist.');
  return found;
}

export async function add(
  bucket: Bucket,
  key: string,
  state: Omit<State, 'id' | 'isMarker' | 'sizeBytes' | 'tags'> & { isMarker?: boolean },
): Promise<State> {
  const sizeBytes = state.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const id = bucket.isVersioned ? randomBytes(16).toString('base64url') : 'null';
  const added: State = { isMarker: false, ...state, id, sizeBytes, tags: [] };
  const states = bucket.states.get(key) ?? [];
  const replaced = bucket.isVersioned ? [] : states.filter((other) => other.id === 'null');
  bucket.states.set(key, [...states.filter((other) => !replaced.includes(other)), added]);
  for (const { files } of replaced) await removeFiles(files);
  return added;
}

export async function remove(bucket: Bucket, key: string, at: Date): Promise<State | null> {
  if (bucket.isVersioned) {
    return await add(bucket, key, { isMarker: true, files: [], etag: '', metadata: {}, modifiedAt: at });
  }
  const states = bucket.states.get(key) ?? [];
  bucket.states.delete(key);
  for (const { files } of states) await removeFiles(files);
  return null;
}

/** @throws Refusal `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall` */
export function partsInOrder(
  upload: Upload,
  wanted: readonly { number: number; etag: string; crc32: string | null }[],
): Stored[] {
  if (wanted.length === 0) throw new Refusal(400, 'MalformedXML', 'An upload has at least one part.');
  let before = 0;
  return wanted.map(({ number, etag, crc32 }, index) => {
    const part = upload.parts.get(number);
    if (
      part === undefined ||
      part.md5 !== etag.replaceAll('"', '') ||
      (crc32 !== null && crc32 !== part.crc32)
    ) {
      throw new Refusal(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
    }
    if (number <= before)
      throw new Refusal(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
    if (index < wanted.length - 1 && part.sizeBytes < smallestPartBytes) {
      throw new Refusal(
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size.',
      );
    }
    before = number;
    return part;
  });
}

/** Source: what S3 answers for an upload in parts: the MD5 of the MD5s, and their count. */
export function etagOfParts(parts: readonly Stored[]): string {
  const hash = createHash('md5');
  for (const { md5 } of parts) hash.update(Buffer.from(md5, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}

/** Both ends belong to it. */
export function readState(state: State, start: number, end: number): Readable {
  return Readable.from(readFiles(state.files, start, end), { objectMode: false });
}

async function* readFiles(files: readonly Stored[], start: number, end: number): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const { file, sizeBytes } of files) {
    const from = Math.max(0, start - offset);
    const to = Math.min(sizeBytes - 1, end - offset);
    if (from <= to) yield* createReadStream(file, { start: from, end: to });
    offset += sizeBytes;
  }
}

export async function removeFiles(files: readonly Stored[]): Promise<void> {
  for (const { file } of files) await rm(file, { force: true });
}
