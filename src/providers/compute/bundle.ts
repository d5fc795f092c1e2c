import { writeDockerfile } from '../../domain/dockerfile.ts';
import { bundleManifestSchema } from '../../domain/run-contract.ts';
import type { BundleParts } from './contract.ts';
import { packTarGz } from './tar-archive.ts';

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
  return await packTarGz(files.map(([name, content]) => [name, Buffer.from(content)]));
}
