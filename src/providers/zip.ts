import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { BusinessFailure, Failure } from '../domain/errors.ts';
import { diskFailure } from './disk-failure.ts';

export type ZipLimits = {
  maxEntries: number;
  /** Of all unpacked files together. */
  maxBytes: number;
  /** Unpacked to packed, of the whole archive, beyond `freeBytes`. */
  maxRatio: number;
  /** An archive that unpacks to no more than this may have any ratio. */
  freeBytes: number;
};

export const defaultZipLimits: ZipLimits = {
  maxEntries: 500_000,
  maxBytes: 60_000_000_000,
  maxRatio: 200,
  freeBytes: 50_000_000,
};

export type ZipCall = {
  /** Prefix of the error codes. */
  vendor: string;
  file: string;
  /** Must be ours alone and fresh: nothing in it is ever overwritten. */
  folder: string;
  limits: ZipLimits;
  signal: AbortSignal;
};

type Member = { entry: Entry; name: string; isFolder: boolean };

const typeMask = 0o170000;
const regularFile = 0o100000;
const folderType = 0o040000;
const twoForOne = 'it has two entries for one file';
const longestName = 1_024;
const longestSegment = 255;

/**
 * Unpacks an archive that somebody else made. All names and sizes are checked before the first byte is written:
 * regular files and folders only, no path out of the folder, no two names for one file, caps on entries, bytes
 * and ratio; then sizes and CRC-32 as the bytes come.
 * @returns the files' names below the folder, in the archive's order
 * @throws BusinessFailure `<vendor>.unsafe_archive`, `<vendor>.damaged_archive`; SystemFailure `disk.full`
 */
export async function extractZip(call: ZipCall): Promise<string[]> {
  const zip = await openZip(call);
  try {
    const members = await readMembers(call, zip);
    const files: string[] = [];
    for (const member of members) {
      call.signal.throwIfAborted();
      const path = join(call.folder, member.name);
      await mkdir(member.isFolder ? path : dirname(path), { recursive: true });
      if (member.isFolder) continue;
      await writeMember(call, zip, member, path);
      files.push(member.name);
    }
    return files;
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw error instanceof Failure ? error : damaged(call.vendor, error);
  } finally {
    zip.close();
  }
}

/** The names of an archive's files, under the same checks, without unpacking it. */
export async function listZip(call: Omit<ZipCall, 'folder'>): Promise<string[]> {
  const zip = await openZip(call);
  try {
    const members = await readMembers(call, zip);
    return members.filter(({ isFolder }) => !isFolder).map(({ name }) => name);
  } catch (error) {
    throw error instanceof Failure ? error : damaged(call.vendor, error);
  } finally {
    zip.close();
  }
}

async function openZip({ vendor, file }: Pick<ZipCall, 'vendor' | 'file'>): Promise<ZipFile> {
  const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true };
  return await openPromise(file, options).catch((error: unknown) => {
    throw damaged(vendor, error);
  });
}

async function readMembers(
  { vendor, file, limits }: Omit<ZipCall, 'folder'>,
  zip: ZipFile,
): Promise<Member[]> {
  const packedBytes = (await stat(file)).size;
  const members: Member[] = [];
  const taken: Taken = { files: new Set(), folders: new Set() };
  let bytes = 0;
  if (zip.entryCount > limits.maxEntries) throw unsafe(vendor, 'it has too many entries');
  for await (const entry of zip.eachEntry()) {
    const member = describeMember(entry);
    const problem = problemOf(member, taken);
    if (problem !== null) throw unsafe(vendor, problem);
    bytes += entry.uncompressedSize;
    const ratioLimit = Math.max(limits.freeBytes, packedBytes * limits.maxRatio);
    if (bytes > limits.maxBytes || bytes > ratioLimit) throw unsafe(vendor, 'it unpacks to too many bytes');
    if (!member.name.startsWith('__MACOSX/')) members.push(member);
  }
  return members;
}

function describeMember(entry: Entry): Member {
  const raw = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  const isFolder = raw.endsWith('/');
  return { entry, isFolder, name: isFolder ? raw.slice(0, -1) : raw };
}

/** Names in use, folded as file systems fold them that know no case. */
type Taken = { files: Set<string>; folders: Set<string> };

/** Remembers the name. @returns what is wrong with a member, or null */
function problemOf({ entry, name, isFolder }: Member, taken: Taken): string | null {
  const type = (entry.externalFileAttributes >>> 16) & typeMask;
  if (type !== 0 && type !== regularFile && type !== folderType) return 'it holds links or devices';
  if (entry.isEncrypted()) return 'it is encrypted';
  if (!isPlainPath(name)) return 'it has a path that leads elsewhere';
  const parts = name.normalize('NFC').toLowerCase().split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const folders = isFolder ? paths : paths.slice(0, -1);
  const path = paths.at(-1) ?? '';
  if (folders.some((folder) => taken.files.has(folder))) return twoForOne;
  if (!isFolder && (taken.files.has(path) || taken.folders.has(path))) return twoForOne;
  for (const folder of folders) taken.folders.add(folder);
  if (!isFolder) taken.files.add(path);
  return null;
}

function isPlainPath(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > longestName || /^[A-Za-z]:/.test(name)) return false;
  if (/[\p{Cc}\\]/u.test(name)) return false;
  return name
    .split('/')
    .every(
      (part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= longestSegment,
    );
}

async function writeMember(call: ZipCall, zip: ZipFile, { entry }: Member, path: string): Promise<void> {
  const source: Readable = await zip.openReadStreamPromise(entry);
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      done(null, chunk);
    },
  });
  const sink = createWriteStream(path, { flags: 'wx', mode: 0o644 });
  await pipeline(source, check, sink, { signal: call.signal }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR') {
      throw unsafe(call.vendor, twoForOne);
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') diskFailure(error);
    throw error;
  });
  if (checksum !== entry.crc32) throw damaged(call.vendor, new Error('CRC-32 differs'));
}

function unsafe(vendor: string, reason: string): BusinessFailure {
  return new BusinessFailure(`The archive was not unpacked: ${reason}.`, {
    code: `${vendor}.unsafe_archive`,
  });
}

function damaged(vendor: string, cause: unknown): BusinessFailure {
  return new BusinessFailure('The archive is damaged and cannot be unpacked.', {
    code: `${vendor}.damaged_archive`,
    cause,
  });
}
