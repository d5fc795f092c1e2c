import { join } from 'node:path';
import { buildShippedCompetitions } from '../arena/datasets/build.ts';
import { ConfigurationFailure } from '../domain/errors.ts';

/** The competitions that ship are built beside the code, once for every data folder. */
export function shippedFolder(projectRoot: string): string {
  return join(projectRoot, 'data', 'competitions');
}

/** Another user made the folder, or it lies on a disk that is only read. */
const closedCodes = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Builds what is not there yet; what is there is only checked.
 * @throws ConfigurationFailure `arena.folder_closed`, and what the building throws
 */
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
  }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!closedCodes.includes(code)) throw error;
    throw new ConfigurationFailure(
      `The practice competitions cannot be kept in ${targetFolder} (${code}): let the user who runs the agent read it, and write it once.`,
      { code: 'arena.folder_closed', cause: error },
    );
  });
}
