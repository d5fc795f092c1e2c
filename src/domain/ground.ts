import { SystemFailure } from './errors.ts';

/** That many crashes by errors of our own within this time are an emergency. Source: architecture, "When the ground gives way". */
export const crashLoopLimit = 3;
export const crashLoopWindowMs = 3_600_000;

const fullDisk = new Set(['ENOSPC', 'EDQUOT', '53100']);
const longestCauses = 10;

/**
 * What an error means for the whole process: the failure to stop with where the ground gave way (a process-wide
 * failure, or a full disk, anywhere among its causes), null where the process can go on.
 */
export function groundLoss(error: unknown): SystemFailure | null {
  let next: unknown = error;
  for (let depth = 0; depth < longestCauses && next instanceof Error; depth++) {
    if (next instanceof SystemFailure && next.scope === 'process') return next;
    if ('code' in next && typeof next.code === 'string' && fullDisk.has(next.code)) {
      return new SystemFailure(
        'The disk is full, so nothing can be stored: free some space, then start again.',
        { code: 'disk.full', scope: 'process', cause: error },
      );
    }
    next = next.cause;
  }
  return null;
}

/** @returns the failure to stop with where the crashes before `now` are too many; null otherwise. */
export function crashLoop(
  crashes: readonly { at: Date; message: string }[],
  now: Date,
): SystemFailure | null {
  const recent = crashes.filter(({ at }) => now.getTime() - at.getTime() < crashLoopWindowMs);
  if (recent.length < crashLoopLimit) return null;
  const last = recent.at(-1)?.message ?? '';
  return new SystemFailure(
    `The agent was ended ${recent.length} times within an hour by errors of its own, the last of them: ${last.replace(/[.\s]*$/, '')}.`,
    { code: 'process.crash_loop', scope: 'process', details: { crashes: recent.length } },
  );
}
