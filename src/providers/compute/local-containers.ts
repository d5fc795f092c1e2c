import { createHash, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationFailure } from '../../domain/errors.ts';
import { diskFailure } from '../disk-failure.ts';
import { createDockerCli, type DockerCli, type DockerCliOptions } from '../image/docker-cli.ts';
import { type ContainerSettings, containerOptions, type Daemon } from './container-options.ts';
import { type Found, type ImageFacts, lookAtDaemon, lookAtImage } from './docker-daemon.ts';

export type LocalContainersOptions = Pick<DockerCliOptions, 'program' | 'host' | 'searchPath'> & {
  /** `docker`: nothing runs outside a container; `auto`: where there is no daemon or no image, a process does. */
  mode: 'auto' | 'docker';
  /** For scripts that have no image of their own on this machine. */
  image: string | null;
  /** What scripts may use here: an image that lacks one of them stands in for nothing by itself. */
  packages: readonly string[];
  /** Where runs lie. Containers carry its mark, so that two agents leave each other's alone. */
  scratchFolder: string;
  /** Of one run. */
  cpuCores: number;
  user: { uid: number; gid: number };
};

export type Wanted = {
  /** The image that was built for the script, where there is one. */
  image: string | null;
  card: string | null;
};

/** In what a run's script is kept apart. */
export type Isolation = {
  container: Omit<ContainerSettings, 'name'> | null;
  /** Which, or why none: half a sentence. */
  reason: string;
};

const callMs = 30_000;
/** What was seen of the daemon and of an image holds for so long. */
const freshMs = 60_000;

/** Containers of this machine's docker as walls around training scripts. */
export function createLocalContainers(options: LocalContainersOptions) {
  const scratchFolder = resolve(options.scratchFolder);
  const configFolder = join(scratchFolder, '.docker');
  const mark = createHash('sha256').update(scratchFolder).digest('hex').slice(0, 16);
  const label = `kaggle-agent.scratch=${mark}`;
  const docker = inOwnFolder(createDockerCli({ ...options, configFolder }), configFolder);
  const removal = removing({ docker, mark, label });
  const daemons = remember<Found<Daemon>>();
  const images = remember<Found<ImageFacts>>();
  const placementOf = (daemon: Daemon, card: string | null) => {
    const { user, cpuCores } = options;
    return { daemon, user, cpuCores, card, labels: [label] };
  };

  const daemonOf = (signal: AbortSignal) => daemons('', () => lookAtDaemon(docker, options.host, signal));

  /** The image's facts, where it will do. */
  async function judge(image: string, daemon: Daemon, signal: AbortSignal): Promise<Found<ImageFacts>> {
    const isOwn = image === options.image;
    const question = {
      image,
      // Found and removed like a run's, should it stay.
      name: removal.nameOf(`.probe-${randomUUID()}`),
      placement: placementOf(daemon, null),
      scratchFolder,
      packages: isOwn ? options.packages : [],
    };
    const found = await images(image, () => lookAtImage(docker, question, signal));
    const { missing } = found.value ?? { missing: [] };
    if (missing.length === 0 || options.mode === 'docker') return found;
    return { value: null, problem: `the image ${image} lacks ${missing.join(', ')}` };
  }

  /** @throws ConfigurationFailure `compute.no_container` where nothing may run outside one, and none will do */
  async function choose(wanted: Wanted, signal: AbortSignal): Promise<Isolation> {
    const candidates = [wanted.image, options.image].filter((image) => image !== null);
    if (candidates.length === 0) return without('no image is configured (KAGGLE_AGENT_LOCAL_IMAGE)');
    const { value: daemon, problem } = await daemonOf(signal);
    if (daemon === null) return without(problem);
    if (/[,"]/.test(scratchFolder)) return without('the data folder has a comma or a quote in its name');
    if (wanted.card !== null && !daemon.hasNvidia) {
      return without('the docker daemon has no NVIDIA runtime (install the NVIDIA Container Toolkit)');
    }
    const problems: string[] = [];
    for (const image of candidates) {
      const found = await judge(image, daemon, signal);
      if (found.value === null) problems.push(found.problem);
      else {
        const container = {
          docker: [options.program, '--config', configFolder],
          host: options.host,
          searchPath: options.searchPath,
          options: containerOptions(placementOf(daemon, wanted.card)),
          image,
          python: found.value.python,
        };
        return { container, reason: `docker ${daemon.version}, ${image}` };
      }
    }
    return without(problems.join('; '));
  }

  /**
   * Before anything is offered: where nothing may run outside a container, one has to be there.
   * @throws ConfigurationFailure `compute.no_container`
   */
  async function ensure(signal: AbortSignal): Promise<void> {
    if (options.mode === 'docker') await choose({ image: null, card: null }, signal);
  }

  function without(problem: string): Isolation {
    if (options.mode === 'auto') return { container: null, reason: problem };
    throw new ConfigurationFailure(
      `KAGGLE_AGENT_LOCAL_ISOLATION is docker, and nothing can be trained here: ${problem}.`,
      { code: 'compute.no_container', details: { surelyNothingHappened: true } },
    );
  }

  return { choose, ensure, daemonOf, ...removal };
}
export type LocalContainers = ReturnType<typeof createLocalContainers>;

/** The program's settings are ours alone, and nobody has put a login there. */
function inOwnFolder(docker: DockerCli, folder: string): DockerCli {
  return async (args, call) => {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch(diskFailure);
    return await docker(args, call);
  };
}

function remember<T>() {
  const known = new Map<string, { at: number; value: T }>();
  return async (name: string, look: () => Promise<T>): Promise<T> => {
    const before = known.get(name);
    if (before !== undefined && performance.now() - before.at < freshMs) return before.value;
    const value = await look();
    known.set(name, { at: performance.now(), value });
    return value;
  };
}

/** Containers of one folder's agents, by their names. */
function removing({ docker, mark, label }: { docker: DockerCli; mark: string; label: string }) {
  const prefix = `kaggle-agent-${mark}-`;

  /** Whatever it is doing. @returns false while docker does not say that it is gone */
  async function remove(name: string): Promise<boolean> {
    const call = { signal: AbortSignal.timeout(callMs), timeoutMs: callMs };
    const answer = await docker(['rm', '--force', '--volumes', name], call).catch(() => null);
    return answer !== null && (answer.exitCode === 0 || answer.errors.includes('No such container'));
  }

  /**
   * Removes what an agent of this folder left behind.
   * @param living names of runs that live. A run is written down before its container is made, so they are read after
   * the containers.
   */
  async function sweep(living: () => Promise<ReadonlySet<string>>, signal: AbortSignal): Promise<void> {
    const filter = ['--filter', `label=${label}`];
    const answer = await docker(['ps', '--all', '--no-trunc', ...filter, '--format', '{{.Names}}'], {
      signal,
      timeoutMs: callMs,
    });
    if (answer.exitCode !== 0) return;
    const names = answer.output.split('\n').filter((name) => name.startsWith(prefix));
    const kept = await living();
    for (const name of names) if (!kept.has(name)) await remove(name);
  }

  return { remove, sweep, nameOf: (key: string) => `${prefix}${key}` };
}
