import { SystemFailure } from '../domain/errors.ts';

/** Rethrows an error of the file system; a full disk is the ground giving way. @throws always */
export function diskFailure(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    throw new SystemFailure('The disk is full; free some space, then start the agent again.', {
      code: 'disk.full',
      scope: 'process',
      cause: error,
    });
  }
  throw error;
}
