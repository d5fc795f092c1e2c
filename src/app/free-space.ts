import { statfs } from 'node:fs/promises';

/** Below this a run may fail for want of room. */
export const littleSpaceBytes = 2_000_000_000;

/** Room on the file system of a folder, for whom may not use the system's reserve. */
export async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
