import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Header } from 'tar';
import { writeDockerfile } from '../../domain/dockerfile.ts';
import { bundleManifestSchema } from '../../domain/run-contract.ts';
import type { BundleParts } from './contract.ts';

const compress = promisify(gzip);

const blockBytes = 512;
/** Byte 9 of a gzip header names the operating system; 255 is "unknown". Source: RFC 1952, 2.3.1. */
const gzipSystemOffset = 9;
const unknownSystem = 255;

/** For whoever runs a bundle by hand; the runner takes the script and the requirements from it. */
const defaultDockerfile = writeDockerfile({
  kind: 'cpu',
  base: 'python:3.12-slim-bookworm',
  content: 'script',
});
const noTests = '# Nobody wrote tests for the outputs of this bundle.\n';

/**
 * The bundle of a training job as a tar.gz. The same content gives the same bytes, whenever and wherever it is
 * packed, so its digest names it.
 */
export async function createBundle(parts: BundleParts): Promise<Buffer> {
  const { script, requirements, manifest, dockerfile = defaultDockerfile, outputTests = noTests } = parts;
  const files: [name: string, content: string][] = [
    ['Dockerfile', dockerfile],
    ['manifest.json', `${JSON.stringify(bundleManifestSchema.parse(manifest), null, 2)}\n`],
    ['requirements.txt', requirements],
    ['test_outputs.py', outputTests],
    ['train.py', script],
  ];
  const entries = files.flatMap(([name, content]) => entryOf(name, Buffer.from(content)));
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
