import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ObjectVersion } from './contract.ts';
import { dayMs, type LifecycleRules } from './lifecycle.ts';
import { codeOf, nullWhenMissing } from './missing-file.ts';
import { missingObject } from './put-rules.ts';

/** When it was replaced, in milliseconds, and something that tells two of the same moment apart. */
const namePattern = /^(\d{15})-[0-9a-f]{8}$/;
/** No key ends so, so the versions of `a` never mix with the object `a/b`. */
const suffix = '~';
/** A file system without hard links, or one that has no more of them for this file. */
const noLinkCodes = ['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'];

const fullCodes = ['ENOSPC', 'EDQUOT'];

export type Cleared = { count: number; bytes: number };

/**
 * Earlier states of the objects of a folder, as files of their own. An earlier state is another name for the same
 * bytes until the object is replaced, so keeping it costs nothing while the object is written.
 */
export function createFolderVersions(options: { folder: string; rules: LifecycleRules; now: () => Date }) {
  const { rules, now } = options;
  const folderOf = (key: string) => join(options.folder, `${key}${suffix}`);

  async function placeFor(key: string): Promise<string> {
    const folder = folderOf(key);
    await mkdir(folder, { recursive: true });
    return join(folder, `${String(now().getTime()).padStart(15, '0')}-${randomUUID().slice(0, 8)}`);
  }

  /** Before the object is replaced: its bytes get a second name. Nothing is there yet: nothing is kept. */
  async function keep(key: string, file: string): Promise<void> {
    if ((await stat(file).catch(nullWhenMissing)) === null) return;
    const place = await placeFor(key);
    await link(file, place).catch(async (error: unknown) => {
      if (!noLinkCodes.includes(codeOf(error) ?? '')) return nullWhenMissing(error);
      return await copyFile(file, place, constants.COPYFILE_FICLONE).catch(nullWhenMissing);
    });
    await trim(folderOf(key));
  }

  /** In place of removing the object. */
  async function moveAway(key: string, file: string): Promise<void> {
    if ((await stat(file).catch(nullWhenMissing)) === null) return;
    try {
      await rename(file, await placeFor(key)).catch(nullWhenMissing);
      await trim(folderOf(key));
    } catch (error) {
      // On a full disk there is no room for another folder, and removing must still help.
      if (!fullCodes.includes(codeOf(error) ?? '')) throw error;
      await rm(file, { force: true });
    }
  }

  async function list(key: string): Promise<ObjectVersion[]> {
    const found: ObjectVersion[] = [];
    for (const version of await namesIn(folderOf(key))) {
      const facts = await stat(join(folderOf(key), version)).catch(nullWhenMissing);
      if (facts !== null) found.push({ version, sizeBytes: facts.size, modifiedAt: facts.mtime });
    }
    return found;
  }

  /** @throws SystemFailure `objects.missing` */
  async function read(key: string, version: string): Promise<Readable> {
    if (!namePattern.test(version)) throw missingObject(key);
    const handle = await open(join(folderOf(key), version), 'r').catch(nullWhenMissing);
    if (handle === null) throw missingObject(key);
    return handle.createReadStream();
  }

  /** Only so many stay, however fast they come. */
  async function trim(folder: string): Promise<Cleared> {
    return await clear(folder, (_name, index) => index >= rules.olderVersionsKept);
  }

  async function prune(): Promise<Cleared> {
    const oldestMs = now().getTime() - rules.olderVersionDays * dayMs;
    const isOver = (name: string, index: number) =>
      index >= rules.olderVersionsKept || Number(namePattern.exec(name)?.[1]) < oldestMs;
    const total = { count: 0, bytes: 0 };
    for (const folder of await versionFolders(options.folder)) {
      const { count, bytes } = await clear(folder, isOver);
      total.count += count;
      total.bytes += bytes;
      await removeEmpty(folder, options.folder);
    }
    return total;
  }

  return { keep, moveAway, list, read, prune };
}

/** The newest first. */
async function namesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(nullWhenMissing)) ?? [];
  return names.filter((name) => namePattern.test(name)).toSorted((a, b) => (a < b ? 1 : -1));
}

async function clear(folder: string, isOver: (name: string, index: number) => boolean): Promise<Cleared> {
  const total = { count: 0, bytes: 0 };
  for (const [index, name] of (await namesIn(folder)).entries()) {
    if (!isOver(name, index)) continue;
    const facts = await stat(join(folder, name)).catch(nullWhenMissing);
    await rm(join(folder, name), { force: true });
    total.count += 1;
    // Bytes with another name are still needed.
    if (facts?.nlink === 1) total.bytes += facts.size;
  }
  return total;
}

async function versionFolders(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(nullWhenMissing)) ?? [];
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    if (entry.name.endsWith(suffix)) found.push(path);
    else found.push(...(await versionFolders(path)));
  }
  return found;
}

async function removeEmpty(folder: string, root: string): Promise<void> {
  for (let current = folder; current !== root; current = dirname(current)) {
    const isGone = await rmdir(current).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}
