import { join } from 'node:path';
import { buildShippedCompetitions } from '../arena/datasets/build.ts';

/** The competitions that ship are built beside the code, once for every data folder. */
export function shippedFolder(projectRoot: string): string {
  return join(projectRoot, 'data', 'competitions');
}

/** Builds what is not there yet; what is there is only checked. */
export async function buildShipped(
  targetFolder: string,
  python: string,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<void> {
  await buildShippedCompetitions({
    targetFolder,
    python,
    signal,
    onProgress: ({ slug, what, done, total }) => {
      if (what === 'built') onProgress(`practice competition ${slug} built (${done} of ${total})`);
    },
  });
}
