import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BusinessFailure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { isObjectKey } from '../../domain/object-key.ts';
import { signedLinkTarget, signedText } from '../../domain/signed-link.ts';
import { diskFailure } from '../disk-failure.ts';
import type { LinkOptions, ListedObject, ObjectInfo, ObjectStore, PutOptions } from './contract.ts';

export type FolderStoreOptions = {
  /** Made when it is missing. Holds `files` (the objects), `digests` and `partial`. */
  folder: string;
  /** Where the app's own server is reached by whoever follows a link, e.g. `http://127.0.0.1:4010`. */
  publicUrl: () => string;
  /** Signs the links; the server that answers them has the same. */
  linkSecret: string;
  now: () => Date;
};

/** Which bytes a digest is of: the file that had this number, size and time when they were read. */
const digestSchema = z.object({ sha256: z.string().length(64), version: z.string() });

/** The embedded object store: one file per object, written whole or not at all. */
export function createFolderStore(options: FolderStoreOptions): ObjectStore {
  const places = createPlaces(options.folder);
  let swept: Promise<void> | null = null;

  async function put(key: string, body: Buffer | Readable, limits: PutOptions = {}): Promise<ObjectInfo> {
    const place = places.of(key);
    const partial = join(places.partial, randomUUID());
    // A stream that breaks before anybody reads it would take the whole process down; reading it tells as well.
    if (!Buffer.isBuffer(body)) body.on('error', () => undefined);
    try {
      swept ??= sweepPartials(places.partial, options.now());
      await swept;
      const { sha256, facts } = await writePartial(partial, body, limits);
      checkDigest(key, sha256, limits.sha256);
      await mkdir(dirname(place.file), { recursive: true });
      await rename(partial, place.file);
      await syncFolder(dirname(place.file));
      await keepDigest(place, sha256, facts);
      return infoOf(sha256, facts);
    } catch (error) {
      return diskFailure(error);
    } finally {
      await rm(partial, { force: true });
    }
  }

  async function head(key: string): Promise<ObjectInfo | null> {
    const place = places.of(key);
    const found = await factsOf(place.file);
    if (found === null) return null;
    const known = await readDigest(place.digest);
    if (known?.version === found.version) return infoOf(known.sha256, found);
    // The process died between file and digest, a newer put came between, or somebody put the file there by hand.
    const { sha256, facts } = await readWhole(place.file);
    await keepDigest(place, sha256, facts);
    return infoOf(sha256, facts);
  }

  async function get(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const { file } = places.of(key);
    // Opened here, so that a missing object fails now and a replaced one is read to its old end.
    const handle = await open(file, 'r').catch((cause: unknown) => {
      if (!isMissing(cause)) throw cause;
      throw new SystemFailure(`The object ${key} is not in the store.`, { code: 'objects.missing', cause });
    });
    return handle.createReadStream(range ?? {});
  }

  async function remove(key: string): Promise<void> {
    const place = places.of(key);
    await rm(place.file, { force: true });
    await rm(place.digest, { force: true });
  }

  async function list(prefix: string): Promise<ListedObject[]> {
    const start = prefix.replace(/\/$/, '');
    if (start !== '') places.of(start);
    const found = await walk(join(places.files, start), start);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async function signedUrl(key: string, link: LinkOptions): Promise<string> {
    places.of(key);
    const expiresAtSeconds = Math.floor(options.now().getTime() / 1000) + link.expiresInSeconds;
    const maxBytes = link.method === 'PUT' ? (link.maxBytes ?? defaultMaxUploadBytes) : null;
    const signed = { method: link.method, key, expiresAtSeconds, maxBytes };
    const signature = createHmac('sha256', options.linkSecret).update(signedText(signed)).digest('hex');
    return new URL(signedLinkTarget(signed, signature), options.publicUrl()).href;
  }

  return { put, get, head, list, remove, signedUrl };
}

/** For an upload that names no limit. */
const defaultMaxUploadBytes = 512 * 1024 * 1024;

/** No upload lasts so long: what is older was left by a process that died. */
const partialLifeMs = 24 * 60 * 60 * 1000;

type Place = { file: string; digest: string };

function createPlaces(folder: string) {
  const files = join(folder, 'files');
  const of = (key: string): Place => {
    if (!isObjectKey(key)) {
      throw new SystemFailure('An object key may hold only letters, digits, dots, hyphens and slashes.', {
        code: 'objects.bad_key',
        details: { key: key.slice(0, 200) },
      });
    }
    return { file: join(files, key), digest: join(folder, 'digests', `${key}.json`) };
  };
  return { files, partial: join(folder, 'partial'), of };
}

/** Makes the folder of unfinished files, and clears it of what nobody will finish. */
async function sweepPartials(folder: string, now: Date): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const facts = await factsOf(join(folder, name));
    const isOld = facts !== null && now.getTime() - facts.modifiedAt.getTime() > partialLifeMs;
    if (isOld) await rm(join(folder, name), { force: true });
  }
}

async function writePartial(
  path: string,
  body: Buffer | Readable,
  { maxBytes = Infinity, signal }: PutOptions,
) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await open(path, 'wx');
  try {
    const source = Buffer.isBuffer(body) ? Readable.from([body]) : body;
    await pipeline(
      source,
      async (chunks: AsyncIterable<Buffer | string>) => {
        for await (const chunk of chunks) {
          const bytes = Buffer.from(chunk);
          sizeBytes += bytes.length;
          if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
          hash.update(bytes);
          await handle.writeFile(bytes);
        }
      },
      signal === undefined ? {} : { signal },
    );
    await handle.sync();
    return { sha256: hash.digest('hex'), facts: factsFrom(await handle.stat({ bigint: true })) };
  } finally {
    await handle.close();
  }
}

/** Size and time are those of the very file that was read, though another may have taken its name meanwhile. */
async function readWhole(path: string): Promise<{ sha256: string; facts: FileFacts }> {
  const hash = createHash('sha256');
  const handle = await open(path, 'r');
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk);
    return { sha256: hash.digest('hex'), facts: factsFrom(await handle.stat({ bigint: true })) };
  } finally {
    await handle.close();
  }
}

function tooLarge(maxBytes: number): BusinessFailure {
  return new BusinessFailure(`The file is larger than the ${maxBytes} bytes that are allowed for it.`, {
    code: 'objects.too_large',
    details: { maxBytes },
  });
}

function checkDigest(key: string, sha256: string, expected: string | undefined): void {
  if (expected === undefined || expected === sha256) return;
  throw new TransientFailure(`${key} arrived damaged and was not kept.`, {
    code: 'objects.checksum',
    details: { key, sha256, expected },
  });
}

type FileFacts = { sizeBytes: number; modifiedAt: Date; version: string };

async function factsOf(file: string): Promise<FileFacts | null> {
  const facts = await stat(file, { bigint: true }).catch(nullWhenMissing);
  // A folder is the prefix of other objects, and none itself.
  return facts?.isFile() ? factsFrom(facts) : null;
}

function factsFrom({ ino, size, mtimeNs, mtime }: BigIntStats): FileFacts {
  return { sizeBytes: Number(size), modifiedAt: mtime, version: `${ino}-${size}-${mtimeNs}` };
}

function infoOf(sha256: string, { sizeBytes, modifiedAt }: FileFacts): ObjectInfo {
  return { sizeBytes, sha256, modifiedAt };
}

async function keepDigest(place: Place, sha256: string, { version }: FileFacts): Promise<void> {
  await mkdir(dirname(place.digest), { recursive: true });
  const partial = `${place.digest}.${randomUUID()}`;
  await writeDigest(partial, JSON.stringify({ sha256, version }));
  await rename(partial, place.digest);
}

/** Not synced: a digest that is lost or torn is made again. */
async function writeDigest(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

async function readDigest(path: string): Promise<z.output<typeof digestSchema> | null> {
  const text = await readFile(path, 'utf8').catch(nullWhenMissing);
  if (text === null) return null;
  try {
    return digestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

async function walk(folder: string, prefix: string): Promise<ListedObject[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(nullWhenMissing);
  const found: ListedObject[] = [];
  for (const entry of entries ?? []) {
    const key = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      found.push(...(await walk(path, key)));
    } else if (entry.isFile()) {
      const facts = await factsOf(path);
      if (facts !== null) found.push({ key, sizeBytes: facts.sizeBytes, modifiedAt: facts.modifiedAt });
    }
  }
  return found;
}

/** A rename is on disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function nullWhenMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
