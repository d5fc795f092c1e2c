import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BusinessFailure } from '../../domain/errors.ts';
import { diskFailure } from '../disk-failure.ts';
import { type OpenZip, openArchive, type ZipLimits, type ZipMember, zipFailure } from '../zip.ts';
import { vendor } from './calls.ts';
import type { DownloadOptions, UnpackedFile } from './contract.ts';

export type UnpackCall = Pick<
  DownloadOptions,
  'take' | 'isTaken' | 'requireSpace' | 'onProgress' | 'signal'
> & {
  /** What was downloaded. */
  file: string;
  /** Its name at Kaggle, which tells what it is when it is no archive. */
  name: string;
  /** For archives inside the archive; made when it is needed. */
  scratchFolder: string;
  limits: ZipLimits;
};

/** Small files take their time to be put away, not to be read. */
const filesAtOnce = 4;

/**
 * Hands on what Kaggle sends as plain files: an archive with everything, or one file, packed or not. Nothing of it is
 * written to disk here, but a file that lies packed inside the archive (`train.csv.zip`), which is unpacked too; a
 * packed folder of many files stays as it is.
 * @throws BusinessFailure `kaggle.unsafe_archive`, `kaggle.damaged_archive`, `kaggle.unsupported_archive`;
 * SystemFailure `disk.full`; what `take` throws
 */
export async function unpack(call: UnpackCall): Promise<UnpackedFile[]> {
  const kind = await kindOf(call.file);
  if (kind === 'zip') return await unpackArchive(call);
  const packedBytes = (await stat(call.file)).size;
  const isPacked = kind === 'gzip';
  const name = isPacked ? plainName(call.name).replace(/\.gz$/i, '') : plainName(call.name);
  await call.requireSpace?.({ phase: 'unpacking', bytes: packedBytes });
  const read = createReadStream(call.file);
  const body = isPacked ? gunzip(call, read, packedBytes) : read;
  const file = { name, sizeBytes: isPacked ? null : packedBytes };
  return [await handOn(call, file, body, createProgress(call, packedBytes))];
}

async function unpackArchive(call: UnpackCall): Promise<UnpackedFile[]> {
  const zip = await openArchive({ vendor, ...call });
  try {
    const left = zip.members.filter((member) => call.isTaken?.(member) !== true);
    const bytes = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await call.requireSpace?.({ phase: 'unpacking', bytes });
    const progress = createProgress(call, zip.unpackedBytes);
    const packed = zip.members.filter(({ name }) => /\.zip$/i.test(name));
    const plain = zip.members.filter(({ name }) => !/\.zip$/i.test(name));
    const taken: UnpackedFile[] = [];
    await eachOf(plain, async (member) => {
      taken.push(await takeMember(call, zip, member, progress));
    });
    const names = new Set(zip.members.map(({ name }) => name.toLowerCase()));
    for (const member of packed) taken.push(await takePacked(call, zip, member, names, progress));
    return taken.sort((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    await zip.close();
  }
}

async function takeMember(
  call: UnpackCall,
  zip: OpenZip,
  member: ZipMember,
  progress: Progress,
): Promise<UnpackedFile> {
  call.signal.throwIfAborted();
  if (call.isTaken?.(member) === true) {
    progress.add(member.sizeBytes);
    return member;
  }
  return await handOn(call, member, await openMember(call, zip, member), progress);
}

async function openMember(call: UnpackCall, zip: OpenZip, member: ZipMember): Promise<Readable> {
  return await zip.read(member).catch((error: unknown) => {
    throw zipFailure({ vendor, ...call }, error);
  });
}

/** One packed file gives way to what it holds, unless that is there already. */
async function takePacked(
  call: UnpackCall,
  zip: OpenZip,
  member: ZipMember,
  names: Set<string>,
  progress: Progress,
): Promise<UnpackedFile> {
  if (call.isTaken?.(member) === true) return await takeMember(call, zip, member, progress);
  const path = join(call.scratchFolder, 'inner.zip');
  await mkdir(call.scratchFolder, { recursive: true });
  try {
    const source = await openMember(call, zip, member);
    await pipeline(source, createWriteStream(path), { signal: call.signal }).catch((error: unknown) =>
      diskFailure(zipFailure({ vendor, ...call }, error)),
    );
    const inner = (await kindOf(path)) === 'zip' ? await openArchive({ vendor, ...call, file: path }) : null;
    try {
      const [only, ...others] = inner?.members ?? [];
      const name = only === undefined ? '' : [...member.name.split('/').slice(0, -1), only.name].join('/');
      if (inner === null || only === undefined || others.length > 0 || names.has(name.toLowerCase())) {
        return await handOn(call, member, createReadStream(path), progress);
      }
      names.add(name.toLowerCase());
      const file = { name, sizeBytes: only.sizeBytes };
      progress.grow(only.sizeBytes - member.sizeBytes);
      if (call.isTaken?.(file) === true) return file;
      await call.requireSpace?.({ phase: 'unpacking', bytes: only.sizeBytes });
      return await handOn(call, file, await openMember(call, inner, only), progress);
    } finally {
      await inner?.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}

/** The bytes are counted on their way. What breaks their source is thrown, whatever the taker makes of it. */
async function handOn(
  call: UnpackCall,
  file: { name: string; sizeBytes: number | null },
  source: Readable,
  progress: Progress,
): Promise<UnpackedFile> {
  let sizeBytes = 0;
  let broken: unknown = null;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.byteLength;
      progress.add(chunk.byteLength);
      done(null, chunk);
    },
  });
  source.on('error', (error) => {
    broken = zipFailure({ vendor, ...call }, error);
    body.destroy(error);
  });
  // Whoever stops taking lets go of the source too; whoever never listened must not bring the process down.
  body.on('close', () => source.destroy()).on('error', () => undefined);
  addAbortSignal(call.signal, body);
  try {
    await call.take(file, source.pipe(body));
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw broken ?? error;
  } finally {
    body.destroy();
  }
  if (broken !== null) throw broken;
  return { name: file.name, sizeBytes };
}

type Progress = { add(bytes: number): void; grow(bytes: number): void };

function createProgress({ onProgress }: Pick<UnpackCall, 'onProgress'>, unpackedBytes: number): Progress {
  let doneBytes = 0;
  let totalBytes = unpackedBytes;
  return {
    add(bytes) {
      doneBytes += bytes;
      onProgress?.({ phase: 'unpacking', doneBytes: Math.min(doneBytes, totalBytes), totalBytes });
    },
    grow(bytes) {
      totalBytes = Math.max(doneBytes, totalBytes + bytes);
    },
  };
}

/** A few at once. The first failure ends the others. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: filesAtOnce }, lane));
  const bad = ends.find((end) => end.status === 'rejected');
  if (bad !== undefined) throw bad.reason;
}

/** @returns the unpacked bytes, no more of them than the limits allow */
function gunzip({ limits }: UnpackCall, packed: Readable, packedBytes: number): Readable {
  let bytes = 0;
  const ratioLimit = Math.max(limits.freeBytes, packedBytes * limits.maxRatio);
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      const isTooLarge = bytes > limits.maxBytes || bytes > ratioLimit;
      done(isTooLarge ? refusal('unsafe_archive', 'it unpacks to too many bytes') : null, chunk);
    },
  });
  const unzip = createGunzip();
  packed.on('error', (error) => meter.destroy(error));
  unzip.on('error', (error) => {
    const isDamaged = 'code' in error && String(error.code).startsWith('Z_');
    meter.destroy(isDamaged ? refusal('damaged_archive', 'it is damaged', error) : error);
  });
  meter.on('close', () => {
    packed.destroy();
    unzip.destroy();
  });
  return packed.pipe(unzip).pipe(meter);
}

async function kindOf(file: string): Promise<'zip' | 'gzip' | 'plain'> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const magic = buffer.subarray(0, bytesRead).toString('latin1');
    // The second is an archive without entries.
    if (magic === 'PK\u0003\u0004' || magic === 'PK\u0005\u0006') return 'zip';
    return magic.startsWith('\u001f\u008b') ? 'gzip' : 'plain';
  } finally {
    await handle.close();
  }
}

/** The last part of a name that came from elsewhere, with nothing in it but what a file name may have. */
function plainName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const plain = last.replace(/[^\p{L}\p{N}._ -]/gu, '_').replace(/^\.+/, '');
  return plain === '' ? 'data' : plain.slice(0, 200);
}

function refusal(reason: string, words: string, cause?: unknown): BusinessFailure {
  return new BusinessFailure(`The data file was not unpacked: ${words}.`, {
    code: `${vendor}.${reason}`,
    cause,
  });
}
