import { asFailure, type Failure, SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';

const maxRestarts = 3;
const windowMs = 3_600_000;

/** A server that runs; `exited` resolves when it has ended, however. */
export type RunningServer = { pid: number; port: number; exited: Promise<void> };

/**
 * Keeps a server running that we started: one that was killed, or gave up, is started again, on its port, and
 * recovers from its log. The clients' pools find it there. More than three times within an hour is no accident.
 * @param options.onLost told once, when it is given up
 */
export function keepServer(options: {
  server: RunningServer;
  start: (port: number) => Promise<RunningServer>;
  stop: (pid: number) => Promise<void>;
  onLost: (failure: Failure) => void;
  log: Log;
}): { stop(): Promise<void> } {
  const { log } = options;
  const stopping = new AbortController();
  const stopped = new Promise<'stopped'>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  let server = options.server;
  let restarts: number[] = [];

  const keep = async (): Promise<void> => {
    for (;;) {
      if ((await Promise.race([server.exited, stopped])) === 'stopped') return;
      const now = performance.now();
      restarts = [...restarts.filter((at) => now - at < windowMs), now];
      if (restarts.length > maxRestarts) throw givenUp();
      log.warn(
        { pid: server.pid, restart: restarts.length },
        'the built-in database ended; starting it again',
      );
      server = await options.start(server.port);
      log.info({ pid: server.pid, port: server.port }, 'the built-in database runs again');
    }
  };
  const keeping = keep().catch((error: unknown) => {
    // A start that was cut short by the stop is no loss.
    if (!stopping.signal.aborted) options.onLost(asFailure(error));
  });

  return {
    async stop() {
      stopping.abort();
      // A restart that is under way ends first, or its server would stay behind.
      await keeping;
      await options.stop(server.pid);
    },
  };
}

function givenUp(): SystemFailure {
  return new SystemFailure(
    `The built-in database ended ${maxRestarts + 1} times within an hour, so it is not started again; data/logs/postgres.log says why.`,
    { code: 'postgres.keeps_ending', scope: 'process' },
  );
}
