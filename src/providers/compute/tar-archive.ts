import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Header } from 'tar';

const compress = promisify(gzip);

const blockBytes = 512;
/** Byte 9 of a gzip header names the operating system; 255 is "unknown". Source: RFC 1952, 2.3.1. */
const gzipSystemOffset = 9;
const unknownSystem = 255;

/** A tar.gz of plain files. The same content gives the same bytes, whenever and wherever it is packed. */
export async function packTarGz(files: readonly [name: string, content: Buffer][]): Promise<Buffer> {
  const entries = files.flatMap(([name, content]) => entryOf(name, content));
  // Source: POSIX ustar: an archive ends with two blocks of zeros.
  const archive = await compress(Buffer.concat([...entries, Buffer.alloc(2 * blockBytes)]), { level: 9 });
  archive[gzipSystemOffset] = unknownSystem;
  return archive;
}

function entryOf(path: string, content: Buffer): Buffer[] {
  const header = new Header({
    path,
    type: 'File',
    mode: 0o644,
    size: content.length,
    mtime: new Date(0),
    uid: 0,
    gid: 0,
  });
  header.encode();
  const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
  return [header.block ?? Buffer.alloc(0), content, padding];
}
