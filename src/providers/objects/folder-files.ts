import { createHash, randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { ListedObject, ObjectInfo, PutOptions } from './contract.ts';
import type { Cleared } from './folder-versions.ts';
import { nullWhenMissing } from './missing-file.ts';
import { requireSize } from './put-rules.ts';

/** Which bytes a digest is of: the file that had this number, size and time when they were read. */
const digestSchema = z.object({ sha256: z.string().length(64), version: z.string() });

/** Makes the folder of unfinished files, and clears it of what nobody will finish: what is older than `oldest`. */
export async function sweepPartials(folder: string, oldest: Date): Promise<Cleared> {
  const total = { count: 0, bytes: 0 };
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const facts = await factsOf(join(folder, name));
    if (facts === null || facts.modifiedAt >= oldest) continue;
    await rm(join(folder, name), { force: true });
    total.count += 1;
    total.bytes += facts.sizeBytes;
  }
  return total;
}

export async function writePartial(
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
          requireSize(sizeBytes, maxBytes);
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
export async function readWhole(path: string): Promise<{ sha256: string; facts: FileFacts }> {
  const hash = createHash('sha256');
  const handle = await open(path, 'r');
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk);
    return { sha256: hash.digest('hex'), facts: factsFrom(await handle.stat({ bigint: true })) };
  } finally {
    await handle.close();
  }
}

type FileFacts = { sizeBytes: number; modifiedAt: Date; version: string };

export async function factsOf(file: string): Promise<FileFacts | null> {
  const facts = await stat(file, { bigint: true }).catch(nullWhenMissing);
  // A folder is the prefix of other objects, and none itself.
  return facts?.isFile() ? factsFrom(facts) : null;
}

function factsFrom({ ino, size, mtimeNs, mtime }: BigIntStats): FileFacts {
  return { sizeBytes: Number(size), modifiedAt: mtime, version: `${ino}-${size}-${mtimeNs}` };
}

export function infoOf(sha256: string, { sizeBytes, modifiedAt }: FileFacts): ObjectInfo {
  return { sizeBytes, sha256, modifiedAt };
}

export async function keepDigest(digest: string, sha256: string, { version }: FileFacts): Promise<void> {
  await mkdir(dirname(digest), { recursive: true });
  const partial = `${digest}.${randomUUID()}`;
  await writeDigest(partial, JSON.stringify({ sha256, version }));
  await rename(partial, digest);
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

export async function readDigest(path: string): Promise<z.output<typeof digestSchema> | null> {
  const text = await readFile(path, 'utf8').catch(nullWhenMissing);
  if (text === null) return null;
  try {
    return digestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export async function walk(folder: string, prefix: string): Promise<ListedObject[]> {
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
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
