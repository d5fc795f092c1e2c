import { access, constants, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

const memoryDisk = '/dev/shm';
const leastMemoryBytes = 2 * 1024 ** 3;

/**
 * Where databases of tests lie: in memory where there is room, else where temporary files go. They come and go by the
 * hundred, of hundreds of files each, and a file system searches long for free inodes after so many were given back.
 * Nothing may train there: the sandbox has a memory disk of its own.
 */
export async function quickDisk(): Promise<string> {
  try {
    await access(memoryDisk, constants.W_OK);
    const { bavail, bsize } = await statfs(memoryDisk);
    return bavail * bsize < leastMemoryBytes ? tmpdir() : memoryDisk;
  } catch {
    return tmpdir();
  }
}
