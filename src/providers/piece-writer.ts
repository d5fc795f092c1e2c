import type { FileHandle } from 'node:fs/promises';

export type PieceWriter = {
  /** Takes a piece, and waits only where too much is not on disk yet. @throws what writing threw */
  write(piece: Uint8Array): Promise<void>;
  /** All that was taken is with the system. @throws what writing threw */
  drain(): Promise<void>;
};

/** More than this waits nowhere: the sender is slowed down instead. */
const mostWaitingBytes = 4 * 1_048_576;

/** Writes pieces one after the other while the next ones come, as many of them at once as have come meanwhile. */
export function createPieceWriter(file: FileHandle): PieceWriter {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | null = null;
  let failure: { error: unknown } | null = null;

  const writeAll = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        const pieces = waiting;
        const bytes = waitingBytes;
        waiting = [];
        waitingBytes = 0;
        const { bytesWritten } = await file.writev(pieces);
        // A short write leaves the rest to a plain one, which goes on until all is there or the disk says why not.
        if (bytesWritten < bytes) await file.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
      }
    } catch (error) {
      failure = { error };
    } finally {
      writing = null;
    }
  };
  const drain = async (): Promise<void> => {
    while (writing !== null) await writing;
    if (failure !== null) throw failure.error;
  };

  return {
    async write(piece) {
      if (failure !== null) throw failure.error;
      waiting.push(piece);
      waitingBytes += piece.byteLength;
      writing ??= writeAll();
      if (waitingBytes > mostWaitingBytes) await drain();
    },
    drain,
  };
}
