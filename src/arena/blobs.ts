import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { Competition, PublicFile } from './competition-schema.ts';
import { createCrc32c } from './crc32c.ts';

/** One object of the storage origin. */
export type Blob = {
  path: string;
  sizeBytes: number;
  modifiedAt: Date;
  contentType: string;
  md5: string;
  crc32c: string;
};

export type BlobStore = {
  /** Everything that a competition gives out, as one zip archive. */
  archiveOf(competition: Competition): Promise<Blob>;
  /** One file, as it is or, like the vendor keeps many, as a zip archive of it alone. */
  fileOf(competition: Competition, file: PublicFile, storedAs: 'plain' | 'zip'): Promise<Blob>;
  /** Any file, as it is. */
  plain(file: PublicFile, contentType: string): Promise<Blob>;
  /** Any files as one zip archive, kept under this label. */
  zipOf(label: string, files: readonly PublicFile[]): Promise<Blob>;
};

/** Zip archives are made once, in `cacheFolder`, and again only when a file changed. */
export function createBlobStore(cacheFolder: string): BlobStore {
  const pending = new Map<string, Promise<Blob>>();
  const once = (key: string, make: () => Promise<Blob>): Promise<Blob> => {
    const running = pending.get(key);
    if (running !== undefined) return running;
    const started = make();
    pending.set(key, started);
    started.catch(() => pending.delete(key));
    return started;
  };

  const zipOf = (label: string, files: readonly PublicFile[]): Promise<Blob> => {
    const fingerprint = fingerprintOf(files);
    return once(`${label}/${fingerprint}`, async () => {
      const path = join(cacheFolder, `${label}-${fingerprint}.zip`);
      if ((await stat(path).catch(() => null)) === null) await writeZip(path, files);
      const newest = Math.max(...files.map((file) => file.modifiedAt.getTime()));
      return describe(path, new Date(newest), 'application/zip');
    });
  };

  const plain: BlobStore['plain'] = (file, contentType) =>
    once(`${file.path}/${fingerprintOf([file])}`, () => describe(file.path, file.modifiedAt, contentType));

  return {
    plain,
    zipOf,
    archiveOf: (competition) => zipOf(`${competition.slug}/archive`, competition.files),
    fileOf(competition, file, storedAs) {
      if (storedAs === 'zip') return zipOf(`${competition.slug}/file-${basename(file.name)}`, [file]);
      return plain(file, 'text/csv');
    },
  };
}

function fingerprintOf(files: readonly PublicFile[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.name}\n${file.sizeBytes}\n${file.modifiedAt.getTime()}\n`);
  return hash.digest('hex').slice(0, 16);
}

async function writeZip(path: string, files: readonly PublicFile[]): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const zip = new ZipFile();
  for (const file of files) zip.addFile(file.path, file.name, { mtime: file.modifiedAt });
  zip.end();
  const half = `${path}.${process.pid}.part`;
  const failed = new Promise<never>((_, reject) => zip.once('error', reject));
  await Promise.race([pipeline(zip.outputStream, createWriteStream(half)), failed]);
  await rename(half, path);
}

async function describe(path: string, modifiedAt: Date, contentType: string): Promise<Blob> {
  const md5 = createHash('md5');
  const crc32c = createCrc32c();
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path)) {
    md5.update(chunk);
    crc32c.update(chunk);
    sizeBytes += chunk.length;
  }
  return {
    path,
    sizeBytes,
    modifiedAt,
    contentType,
    md5: md5.digest('base64'),
    crc32c: crc32c.digest().toString('base64'),
  };
}
