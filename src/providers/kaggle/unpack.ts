import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BusinessFailure, Failure } from '../../domain/errors.ts';
import { diskFailure } from '../disk-failure.ts';
import { extractZip, listZip, type ZipLimits } from '../zip.ts';
import { vendor } from './calls.ts';
import type { LocalFile } from './contract.ts';

export type UnpackCall = {
  /** What was downloaded. */
  file: string;
  /** Its name at Kaggle, which tells what it is when it is no archive. */
  name: string;
  folder: string;
  limits: ZipLimits;
  signal: AbortSignal;
};

/**
 * Turns what Kaggle sends into plain files: an archive with everything, or one file, packed or not. A file that
 * lies packed inside the archive (`train.csv.zip`) is unpacked too; a packed folder of many files stays as it is.
 * @throws BusinessFailure `kaggle.unsafe_archive`, `kaggle.damaged_archive`; SystemFailure `disk.full`
 */
export async function unpack(call: UnpackCall): Promise<LocalFile[]> {
  await mkdir(call.folder, { recursive: true });
  const kind = await kindOf(call.file);
  if (kind === 'zip') {
    await extractZip({ ...call, vendor });
    await unpackInner(call);
  } else if (kind === 'gzip') {
    await gunzip(call, call.file, join(call.folder, plainName(call.name).replace(/\.gz$/i, '')));
  } else {
    await copyFile(call.file, join(call.folder, plainName(call.name))).catch(diskFailure);
  }
  return listFolder(call.folder);
}

async function unpackInner(call: UnpackCall): Promise<void> {
  for (const { name, path } of await listFolder(call.folder)) {
    const isZip = /\.zip$/i.test(name) && (await kindOf(path)) === 'zip';
    if (isZip) await unpackSingle(call, path);
  }
}

/** One packed file gives way to what it holds, unless that is there already. */
async function unpackSingle(call: UnpackCall, path: string): Promise<void> {
  const zip = { vendor, file: path, limits: call.limits, signal: call.signal };
  const names = await listZip(zip);
  const [only] = names;
  if (only === undefined || names.length > 1) return;
  const target = join(dirname(path), only);
  const isTaken = await stat(target).then(
    () => true,
    () => false,
  );
  if (isTaken) return;
  await extractZip({ ...zip, folder: dirname(path) });
  await rm(path);
}

async function gunzip({ limits, signal }: UnpackCall, file: string, target: string): Promise<void> {
  let bytes = 0;
  const ratioLimit = Math.max(limits.freeBytes, (await stat(file)).size * limits.maxRatio);
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      const isTooLarge = bytes > limits.maxBytes || bytes > ratioLimit;
      done(isTooLarge ? refusal('unsafe_archive', 'it unpacks to too many bytes') : null, chunk);
    },
  });
  const sink = createWriteStream(target, { flags: 'wx' });
  await pipeline(createReadStream(file), createGunzip(), meter, sink, { signal }).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    if (error instanceof Failure) throw error;
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw refusal('damaged_archive', 'it is damaged', error);
    }
    diskFailure(error);
  });
}

/** All files below a folder, by name. */
export async function listFolder(folder: string): Promise<LocalFile[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found
    .filter((item) => item.isFile())
    .map(async (item) => {
      const path = join(item.parentPath, item.name);
      const name = relative(folder, path).split(sep).join('/');
      return { name, path, sizeBytes: (await stat(path)).size };
    });
  return (await Promise.all(files)).sort((a, b) => (a.name < b.name ? -1 : 1));
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
