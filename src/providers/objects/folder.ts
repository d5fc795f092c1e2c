import { createHmac, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { signedLinkTarget, signedText } from '../../domain/signed-link.ts';
import { diskFailure } from '../disk-failure.ts';
import type {
  LinkOptions,
  ListedObject,
  ObjectInfo,
  ObjectStore,
  PruneReport,
  PutOptions,
} from './contract.ts';
import {
  factsOf,
  infoOf,
  keepDigest,
  readDigest,
  readWhole,
  sweepPartials,
  syncFolder,
  walk,
  writePartial,
} from './folder-files.ts';
import { createFolderVersions } from './folder-versions.ts';
import { dayMs, type LifecycleRules, lifecycleRules } from './lifecycle.ts';
import { isMissing, nullWhenMissing } from './missing-file.ts';
import { missingObject, requireDigest, requireKey } from './put-rules.ts';

export type FolderStoreOptions = {
  /** Made when it is missing. Holds `files` (the objects), `digests`, `versions` and `partial`. */
  folder: string;
  /** Where the app's own server is reached on this machine, e.g. `http://127.0.0.1:4010`. */
  ownUrl: () => string;
  /** Where others reach it; left out: as on this machine. */
  publicUrl?: string | null;
  /** Signs the links; the server that answers them has the same. */
  linkSecret: string;
  /** Other rules than the usual ones. */
  rules?: LifecycleRules;
  now: () => Date;
};

/** The embedded object store: one file per object, written whole or not at all. */
export function createFolderStore(options: FolderStoreOptions): ObjectStore {
  const rules = options.rules ?? lifecycleRules;
  const places = createPlaces(options.folder);
  const versions = createFolderVersions({
    folder: join(options.folder, 'versions'),
    rules,
    now: options.now,
  });
  const ground: Ground = {
    places,
    versions,
    isScratch: (key) => key.startsWith(rules.scratchPrefix),
    oldestOf: (days) => new Date(options.now().getTime() - days * dayMs),
    rules,
  };
  const reading = createReading(places);

  async function signedUrl(key: string, link: LinkOptions): Promise<string> {
    places.of(key);
    const expiresAtSeconds = Math.floor(options.now().getTime() / 1000) + link.expiresInSeconds;
    const maxBytes = link.method === 'PUT' ? (link.maxBytes ?? defaultMaxUploadBytes) : null;
    const signed = { method: link.method, key, expiresAtSeconds, maxBytes };
    const signature = createHmac('sha256', options.linkSecret).update(signedText(signed)).digest('hex');
    const server = (link.isLocal === true ? null : options.publicUrl) ?? options.ownUrl();
    return new URL(signedLinkTarget(signed, signature), server).href;
  }

  return {
    ...reading,
    ...createWriting(ground),
    signedUrl,
    prune: () => prune(ground, reading.list),
    async versions(key) {
      places.of(key);
      return await versions.list(key);
    },
    async getVersion(key, version) {
      places.of(key);
      return await versions.read(key, version);
    },
  };
}

/** For an upload that names no limit. */
const defaultMaxUploadBytes = 512 * 1024 * 1024;

type Ground = {
  places: Places;
  versions: ReturnType<typeof createFolderVersions>;
  rules: LifecycleRules;
  /** It does not last, so its earlier states are not kept either. */
  isScratch(key: string): boolean;
  oldestOf(days: number): Date;
};

function createWriting({ places, versions, rules, isScratch, oldestOf }: Ground) {
  let swept: Promise<unknown> | null = null;

  /** Once for each process; one that failed is made again by the next put. */
  async function sweep(): Promise<void> {
    swept ??= sweepPartials(places.partial, oldestOf(rules.unfinishedUploadDays)).catch((error: unknown) => {
      swept = null;
      throw error;
    });
    await swept;
  }

  async function put(key: string, body: Buffer | Readable, limits: PutOptions = {}): Promise<ObjectInfo> {
    const place = places.of(key);
    const partial = join(places.partial, randomUUID());
    // A stream that breaks before anybody reads it would take the whole process down; reading it tells as well.
    if (!Buffer.isBuffer(body)) body.on('error', () => undefined);
    try {
      await sweep();
      const { sha256, facts } = await writePartial(partial, body, limits);
      requireDigest(key, sha256, limits.sha256);
      await mkdir(dirname(place.file), { recursive: true });
      // The same bytes again are no other version.
      const isOther = (await readDigest(place.digest))?.sha256 !== sha256;
      if (isOther && !isScratch(key)) await versions.keep(key, place.file);
      await rename(partial, place.file);
      await syncFolder(dirname(place.file));
      await keepDigest(place.digest, sha256, facts);
      return infoOf(sha256, facts);
    } catch (error) {
      return diskFailure(error);
    } finally {
      await rm(partial, { force: true });
    }
  }

  async function remove(key: string): Promise<void> {
    const place = places.of(key);
    if (isScratch(key)) await rm(place.file, { force: true });
    else await versions.moveAway(key, place.file);
    await rm(place.digest, { force: true });
  }

  return { put, remove };
}

function createReading(places: Places) {
  async function head(key: string): Promise<ObjectInfo | null> {
    const place = places.of(key);
    const found = await factsOf(place.file);
    if (found === null) return null;
    const known = await readDigest(place.digest);
    if (known?.version === found.version) return infoOf(known.sha256, found);
    // The process died between file and digest, a newer put came between, or somebody put the file there by hand.
    const read = await readWhole(place.file).catch(nullWhenMissing);
    // Removed meanwhile.
    if (read === null) return null;
    const { sha256, facts } = read;
    await keepDigest(place.digest, sha256, facts);
    return infoOf(sha256, facts);
  }

  async function get(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const { file } = places.of(key);
    // Opened here, so that a missing object fails now and a replaced one is read to its old end.
    const handle = await open(file, 'r').catch((cause: unknown) => {
      throw isMissing(cause) ? missingObject(key, cause) : cause;
    });
    return handle.createReadStream(range ?? {});
  }

  async function list(prefix: string): Promise<ListedObject[]> {
    const start = prefix.replace(/\/$/, '');
    if (start !== '') places.of(start);
    const found = await walk(join(places.files, start), start);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async function localFile(key: string): Promise<string> {
    const { file } = places.of(key);
    if ((await factsOf(file)) === null) throw missingObject(key);
    return file;
  }

  return { head, get, list, localFile };
}

async function prune(
  { places, versions, rules, oldestOf }: Ground,
  list: ObjectStore['list'],
): Promise<PruneReport> {
  const older = await versions.prune();
  const uploads = await sweepPartials(places.partial, oldestOf(rules.unfinishedUploadDays));
  const oldestScratch = oldestOf(rules.scratchDays);
  const scratch = (await list(rules.scratchPrefix)).filter(({ modifiedAt }) => modifiedAt < oldestScratch);
  for (const { key } of scratch) {
    const { file, digest } = places.of(key);
    await rm(file, { force: true });
    await rm(digest, { force: true });
  }
  const scratchBytes = scratch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    objects: scratch.length,
    versions: older.count,
    uploads: uploads.count,
    freedBytes: older.bytes + uploads.bytes + scratchBytes,
  };
}

type Place = { file: string; digest: string };

type Places = ReturnType<typeof createPlaces>;

function createPlaces(folder: string) {
  const files = join(folder, 'files');
  const of = (key: string): Place => {
    requireKey(key);
    return { file: join(files, key), digest: join(folder, 'digests', `${key}.json`) };
  };
  return { files, partial: join(folder, 'partial'), of };
}
