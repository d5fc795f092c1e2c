import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type PostgresProxy = {
  /** The database by way of the proxy. */
  url: string;
  /** Present connections swallow all bytes from now on, without an end; later ones work. */
  swallow(): void;
  /** Refuses connections from now on, and ends the present ones. */
  close(): Promise<void>;
  /** Takes connections, on the same port. */
  open(): Promise<void>;
};

/** A way to a database that a test can break and mend. */
export async function aPostgresProxy(
  connectionString: string,
  options: { isOpen?: boolean } = {},
): Promise<PostgresProxy> {
  const target = new URL(connectionString);
  const pairs = new Set<[Socket, Socket]>();
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    pairs.add([near, far]);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const close = async () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  if (options.isOpen === false) await close();
  onTestFinished(close);
  const url = new URL(connectionString);
  url.port = String(port);
  return {
    url: url.href,
    swallow() {
      for (const [near, far] of pairs) {
        near.unpipe();
        far.unpipe();
        near.resume();
        far.resume();
      }
    },
    close,
    open: () => listen(port),
  };
}
