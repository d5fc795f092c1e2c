import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that a system gives out by itself (from 32768 on Linux, from 49152 elsewhere), so that nobody is given
 * one between this look and its use; with the port 10000 higher, which the nodes of a Redis Cluster talk on.
 */
const lowest = 12_000;
const highest = 21_999;

/** A port of 127.0.0.1 on which nobody listens, for whoever has to name one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
