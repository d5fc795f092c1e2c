import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, pipeline as streamPipeline, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { BusinessFailure, Failure } from '../domain/errors.ts';
import { diskFailure } from './disk-failure.ts';
import { createNameClaims, twoForOne } from './zip-names.ts';

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

/** What is kept of an entry: archives of half a million files are real, and each entry of yauzl holds buffers. */
type Member = {
  name: string;
  isFolder: boolean;
  sizeBytes: number;
  packedBytes: number;
  /** Of its own header, which its bytes follow. */
  offset: number;
  isDeflated: boolean;
  checksum: number;
};

/** One file of an archive. */
export type ZipMember = { name: string; sizeBytes: number };

/** An archive whose names and sizes were checked before the first byte is read. */
export type OpenZip = {
  /** Files, in the archive's order. */
  members: readonly ZipMember[];
  /** The names of its folders, empty ones included. */
  folders: readonly string[];
  /** Of all files together. */
  unpackedBytes: number;
  /** The bytes of one file; its size and its CRC-32 are checked as they come, and a wrong one breaks the stream. */
  read(member: ZipMember): Promise<Readable>;
  close(): Promise<void>;
};

const typeMask = 0o170000;
const regularFile = 0o100000;
const folderType = 0o040000;
/** At once, from disk. */
const readBytes = 262_144;
/** Stored and deflated: what the reader knows how to unpack. */
const deflated = 8;
const knownMethods: ReadonlySet<number> = new Set([0, deflated]);
/** Source: PKWARE APPNOTE.TXT, 4.3.7 Local file header. */
const headerBytes = 30;
const headerSignature = 0x04034b50;
const nameLengthAt = 26;
const extraLengthAt = 28;

/**
 * Opens an archive that somebody else made. All names and sizes are checked here: regular files and folders only, no
 * path out of the folder, no two names for one file, caps on entries, bytes and ratio.
 * @throws BusinessFailure `<vendor>.unsafe_archive`, `<vendor>.damaged_archive`, `<vendor>.unsupported_archive`
 */
export async function openArchive(call: Omit<ZipCall, 'folder'>): Promise<OpenZip> {
  const handle = await open(call.file, 'r');
  try {
    const members = await readDirectory(call);
    const files = new Map(members.flatMap((one) => (one.isFolder ? [] : [[one.name, one] as const])));
    return {
      members: [...files.values()].map(({ name, sizeBytes }) => ({ name, sizeBytes })),
      folders: members.flatMap(({ name, isFolder }) => (isFolder ? [name] : [])),
      unpackedBytes: members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      async read({ name }) {
        const member = files.get(name);
        if (member === undefined) throw new TypeError(`the archive has no ${name}`);
        return readMember(call, member, await dataStart(call, handle, member));
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw zipFailure(call, error);
  }
}

/** Everything that the archive lists, checked. */
async function readDirectory(call: Omit<ZipCall, 'folder'>): Promise<Member[]> {
  const zip = await openZip(call);
  try {
    return await readMembers(call, zip);
  } finally {
    zip.close();
  }
}

/** Where a member's bytes begin, behind a header that may be longer than the archive's list says. */
async function dataStart(
  { vendor }: Pick<ZipCall, 'vendor'>,
  handle: FileHandle,
  { offset }: Member,
): Promise<number> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, offset);
  if (bytesRead < headerBytes || buffer.readUInt32LE(0) !== headerSignature) {
    throw damaged(vendor, new Error('no header where the list has one'));
  }
  return offset + headerBytes + buffer.readUInt16LE(nameLengthAt) + buffer.readUInt16LE(extraLengthAt);
}

/** What broke while an archive was read, as a failure; an abort and what the system says stay what they are. */
export function zipFailure({ vendor, signal }: Pick<ZipCall, 'vendor' | 'signal'>, error: unknown): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof Failure || isOfSystem(error) ? error : damaged(vendor, error);
}

/** `EIO` and its like: nothing that the archive could help. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code));
}

/**
 * Unpacks an archive that somebody else made, checked as by `openArchive`.
 * @returns the files' names below the folder, in the archive's order
 * @throws BusinessFailure `<vendor>.unsafe_archive`, `<vendor>.damaged_archive`, `<vendor>.unsupported_archive`;
 * SystemFailure `disk.full`
 */
export async function extractZip(call: ZipCall): Promise<string[]> {
  const zip = await openArchive(call);
  try {
    for (const name of zip.folders) await mkdir(join(call.folder, name), { recursive: true });
    for (const member of zip.members) {
      call.signal.throwIfAborted();
      const path = join(call.folder, member.name);
      await mkdir(dirname(path), { recursive: true });
      await writeMember(call, await zip.read(member), path);
    }
    return zip.members.map(({ name }) => name);
  } catch (error) {
    throw zipFailure(call, error);
  } finally {
    await zip.close();
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
  const claims = createNameClaims();
  let bytes = 0;
  let ownBytes = 0;
  if (zip.entryCount > limits.maxEntries) throw unsafe(vendor, 'it has too many entries');
  for await (const entry of zip.eachEntry()) {
    const member = describeMember(entry);
    const problem = problemOf(entry) ?? claims.claim(member.name, member.isFolder);
    if (problem !== null) throw unsafe(vendor, problem);
    bytes += entry.uncompressedSize;
    ownBytes += entry.compressedSize;
    const ratioLimit = Math.max(limits.freeBytes, packedBytes * limits.maxRatio);
    // Entries that share their bytes: a bomb of many small files. Source: D. Fifield, "A better zip bomb", 2019.
    if (ownBytes > packedBytes) throw unsafe(vendor, 'its entries overlap');
    if (bytes > limits.maxBytes || bytes > ratioLimit) throw unsafe(vendor, 'it unpacks to too many bytes');
    if (!knownMethods.has(entry.compressionMethod)) throw unsupported(vendor, entry.compressionMethod);
    if (!member.name.startsWith('__MACOSX/')) members.push(member);
  }
  return members;
}

function describeMember(entry: Entry): Member {
  const raw = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  const isFolder = raw.endsWith('/');
  return {
    name: isFolder ? raw.slice(0, -1) : raw,
    isFolder,
    sizeBytes: isFolder ? 0 : entry.uncompressedSize,
    packedBytes: entry.compressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
    isDeflated: entry.compressionMethod === deflated,
    checksum: entry.crc32,
  };
}

/** @returns what is wrong with an entry, or null */
function problemOf(entry: Entry): string | null {
  const type = (entry.externalFileAttributes >>> 16) & typeMask;
  if (type !== 0 && type !== regularFile && type !== folderType) return 'it holds links or devices';
  return entry.isEncrypted() ? 'it is encrypted' : null;
}

/**
 * The bytes come from a stream of our own: one of yauzl that is given up while it waits for its turn to read throws
 * where nobody can catch it (fd-slicer.js, `_read` after `_destroy`).
 */
function readMember(
  { vendor, file }: Pick<ZipCall, 'vendor' | 'file'>,
  member: Member,
  start: number,
): Readable {
  const check = createCheck(vendor, member);
  const end = start + member.packedBytes - 1;
  const packed =
    end < start ? Readable.from([]) : createReadStream(file, { start, end, highWaterMark: readBytes });
  // What breaks one of them ends all; whoever reads the last one is told.
  const told = () => undefined;
  if (member.isDeflated) streamPipeline(packed, createInflateRaw(), check, told);
  else streamPipeline(packed, check, told);
  return check;
}

/** Passes on what is as long, and as its checksum says, as the archive's list has it; anything else breaks. */
function createCheck(vendor: string, { checksum: wanted, sizeBytes }: Member): Transform {
  let checksum = 0;
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      bytes += chunk.byteLength;
      const isTooLong = bytes > sizeBytes;
      done(isTooLong ? damaged(vendor, new Error('more bytes than the list says')) : null, chunk);
    },
    flush(done) {
      const isWhole = bytes === sizeBytes && checksum === wanted;
      done(isWhole ? null : damaged(vendor, new Error('size or CRC-32 differs')));
    },
  });
}

async function writeMember(call: ZipCall, source: Readable, path: string): Promise<void> {
  const sink = createWriteStream(path, { flags: 'wx', mode: 0o644 });
  await pipeline(source, sink, { signal: call.signal }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR') {
      throw unsafe(call.vendor, twoForOne);
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') diskFailure(error);
    throw error;
  });
}

function unsafe(vendor: string, reason: string): BusinessFailure {
  return new BusinessFailure(`The archive was not unpacked: ${reason}.`, {
    code: `${vendor}.unsafe_archive`,
  });
}

function unsupported(vendor: string, method: number): BusinessFailure {
  return new BusinessFailure(
    `The archive is packed in a way that the agent cannot unpack (method ${method} of ZIP), so its files stay unread.`,
    { code: `${vendor}.unsupported_archive`, details: { method } },
  );
}

function damaged(vendor: string, cause: unknown): BusinessFailure {
  return new BusinessFailure('The archive is damaged and cannot be unpacked.', {
    code: `${vendor}.damaged_archive`,
    cause,
  });
}
