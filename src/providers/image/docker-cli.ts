import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ConfigurationFailure, TransientFailure } from '../../domain/errors.ts';

export type DockerCliOptions = {
  /** Name on PATH, or a path. */
  program: string;
  /** Where the daemon is, e.g. `unix:///var/run/docker.sock`; null for the program's own default. */
  host: string | null;
  searchPath: string;
  /** Folder of the program's settings, so that a login of ours never joins those of the user. */
  configFolder: string;
};

export type DockerAnswer = { exitCode: number | null; output: string; errors: string };
export type DockerCall = { signal: AbortSignal; timeoutMs: number; input?: string };

const maxOutputChars = 200_000;

/** Runs the docker command line program, with an environment that holds nothing of ours. */
export function createDockerCli(options: DockerCliOptions) {
  return async (args: readonly string[], call: DockerCall): Promise<DockerAnswer> => {
    const timeout = AbortSignal.timeout(call.timeoutMs);
    const child = spawn(options.program, ['--config', options.configFolder, ...args], {
      stdio: 'pipe',
      signal: AbortSignal.any([call.signal, timeout]),
      env: {
        PATH: options.searchPath,
        HOME: options.configFolder,
        LANG: 'C.UTF-8',
        ...(options.host === null ? {} : { DOCKER_HOST: options.host }),
      },
    });
    // A program that does not read its input closes the pipe; its answer counts.
    child.stdin.on('error', () => {});
    child.stdin.end(call.input ?? '');
    try {
      const [output, errors] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      call.signal.throwIfAborted();
      return {
        exitCode: child.exitCode,
        output: output.slice(-maxOutputChars),
        errors: errors.slice(-maxOutputChars),
      };
    } catch (error) {
      call.signal.throwIfAborted();
      if (timeout.aborted) {
        throw new TransientFailure(`docker ${args[0] ?? ''} took longer than ${call.timeoutMs / 1000} s.`, {
          code: 'image.timeout',
          cause: error,
        });
      }
      throw noDocker(error);
    }
  };
}
export type DockerCli = ReturnType<typeof createDockerCli>;

function noDocker(cause: unknown): ConfigurationFailure {
  return new ConfigurationFailure(
    'The docker program cannot be started; install it, or name it with KAGGLE_AGENT_DOCKER.',
    { code: 'image.no_docker', cause },
  );
}
