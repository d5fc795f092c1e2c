import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { asFailure } from '../../domain/errors.ts';
import { diskFailure } from '../disk-failure.ts';
import type { DockerCli } from '../image/docker-cli.ts';
import { containerOptions, type Daemon, type Placement } from './container-options.ts';

/** What is there, or why it is of no use, in half a sentence. */
export type Found<T> = { value: T; problem: null } | { value: null; problem: string };

/** What an image brings. */
export type ImageFacts = {
  /** Name of its interpreter. */
  python: string;
  /** Of those that were asked for. */
  missing: string[];
};

const callMs = 30_000;
const maxWords = 300;
const notFound = 127;

const infoSchema = z.object({
  ServerVersion: z.string().min(1),
  OSType: z.string(),
  SecurityOptions: z.array(z.string()).nullish(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
});

/** The daemon that containers of this machine would run in. */
export async function lookAtDaemon(
  docker: DockerCli,
  host: string | null,
  signal: AbortSignal,
): Promise<Found<Daemon>> {
  if (host !== null && !host.startsWith('unix://')) {
    return { value: null, problem: `the docker daemon at ${host} is on another machine` };
  }
  return await orProblem(signal, async () => {
    const answer = await docker(['info', '--format', '{{json .}}'], { signal, timeoutMs: callMs });
    const parsed = infoSchema.safeParse(parseJson(answer.output));
    if (!parsed.success) {
      return { value: null, problem: `no docker daemon answers: ${shown(answer.errors || answer.output)}` };
    }
    const { ServerVersion: version, OSType, SecurityOptions, Runtimes } = parsed.data;
    if (OSType !== 'linux') return { value: null, problem: `the docker daemon runs ${OSType} containers` };
    const has = (name: string) => (SecurityOptions ?? []).some((one) => one.startsWith(`name=${name}`));
    const value = {
      version,
      isRootless: has('rootless'),
      remapsUsers: has('userns'),
      hasSelinux: has('selinux'),
      hasNvidia: Object.keys(Runtimes ?? {}).includes('nvidia'),
    };
    return { value, problem: null };
  });
}

/** Prints what the host has to know of an image, as one line of JSON. */
const probe = `
import importlib.metadata, json, sys
missing = []
for name in sys.argv[2:]:
    try:
        importlib.metadata.version(name)
    except Exception:
        missing.append(name)
print(json.dumps({"read": open(sys.argv[1]).read(), "version": list(sys.version_info[:2]), "missing": missing}))
`;
const probeSchema = z.object({
  read: z.string(),
  version: z.tuple([z.number(), z.number()]),
  missing: z.array(z.string()),
});
const probeLimits = ['--memory', '268435456', '--memory-swap', '268435456', '--pids-limit', '64'];
const oldestPython = 9;

export type ImageQuestion = {
  image: string;
  /** Of the container that is tried. */
  name: string;
  placement: Placement;
  /** Below the folder in which runs will lie. */
  scratchFolder: string;
  packages: readonly string[];
};

/**
 * Starts one container as a run would: the image is there, the walls are accepted, the folder that is mounted is ours, and
 * Python starts in it.
 */
export async function lookAtImage(
  docker: DockerCli,
  { image, name, placement, scratchFolder, packages }: ImageQuestion,
  signal: AbortSignal,
): Promise<Found<ImageFacts>> {
  const folder = join(scratchFolder, `.probe-${randomUUID()}`);
  const word = randomUUID();
  return await orProblem(signal, async () => {
    const there = await docker(['image', 'inspect', '--format', '{{.Id}}', image], {
      signal,
      timeoutMs: callMs,
    });
    if (there.exitCode !== 0)
      return { value: null, problem: `the image ${image} is not there (docker pull ${image})` };
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch(diskFailure);
      await writeFile(join(folder, 'word'), word).catch(diskFailure);
      for (const python of ['python', 'python3']) {
        const mount = ['--mount', `type=bind,src=${folder},dst=${folder}`];
        const walls = [...containerOptions(placement), ...probeLimits, '--network', 'none'];
        const args = ['run', '--rm', '--name', `${name}-${python}`, ...walls, ...mount];
        const script = ['-I', '-c', probe, join(folder, 'word'), ...packages];
        const answer = await docker([...args, '--entrypoint', python, image, ...script], {
          signal,
          timeoutMs: callMs,
        });
        if (answer.exitCode === notFound && python === 'python') continue;
        const parsed = probeSchema.safeParse(parseJson(answer.output));
        if (!parsed.success) {
          return {
            value: null,
            problem: `no container of ${image} starts: ${shown(answer.errors || answer.output)}`,
          };
        }
        const { read, version, missing } = parsed.data;
        if (read !== word) return { value: null, problem: 'containers see other files than this machine' };
        if (version[0] !== 3 || version[1] < oldestPython) {
          return {
            value: null,
            problem: `the image ${image} has Python ${version.join('.')}; 3.9 is the oldest`,
          };
        }
        return { value: { python, missing }, problem: null };
      }
      return { value: null, problem: `the image ${image} has no Python` };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function orProblem<T>(signal: AbortSignal, look: () => Promise<Found<T>>): Promise<Found<T>> {
  try {
    return await look();
  } catch (error) {
    signal.throwIfAborted();
    const failure = asFailure(error);
    if (failure.kind === 'system') throw failure;
    const problem =
      failure.code === 'image.no_docker' ? 'there is no docker program' : shown(failure.message);
    return { value: null, problem };
  }
}

/** The last words, which tell what went wrong, on one line. */
function shown(words: string): string {
  const text = words.trim().replaceAll(/\s+/g, ' ');
  return text === '' ? 'it gave no reason' : text.slice(-maxWords);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
