import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';

/** Where programs keep keys and logins of the user that the agent runs as. */
const homeFolders = [
  '.kaggle',
  '.ssh',
  '.aws',
  '.gnupg',
  '.docker',
  '.kube',
  '.netrc',
  '.git-credentials',
  '.pypirc',
  '.npmrc',
  '.vault-token',
  '.config/gcloud',
  '.config/gh',
  '.config/kaggle',
  '.huggingface',
  '.cache/huggingface/token',
];
/** Only an administrator could read them, and an agent in a container may be one. */
const systemFiles = ['/etc/shadow', '/etc/gshadow', '/run/secrets'];

/**
 * Doors to programs outside that would do there what they are asked: start containers, services, sessions, or read a
 * database. Cutting off the network leaves them open.
 */
const sockets = [
  '/run/docker.sock',
  '/var/run/docker.sock',
  '/run/containerd',
  '/run/podman',
  '/run/crio',
  '/run/dbus',
  '/run/systemd/private',
  '/run/systemd/io.systemd.Manager',
  '/run/user',
  '/run/libvirt',
  '/run/postgresql',
  '/run/redis',
  '/var/snap/lxd/common/lxd',
  '/var/lib/lxd/unix.socket',
  '/var/lib/incus/unix.socket',
];

/** What code that nobody has reviewed shall not see on this machine: hidden labels, keys, the agent's own data. */
export function hiddenPathsOf(config: Config, root: string, dataFolder: string): string[] {
  return [
    dataFolder,
    join(root, 'data'),
    ...config.arena.folders,
    join(root, '.env'),
    ...homeFolders.map((name) => join(homedir(), name)),
    ...systemFiles,
    ...sockets,
    ...socketsOf(config),
  ];
}

function socketsOf({ images }: Config): string[] {
  const path = /^unix:\/\/(\/.+)$/.exec(images.dockerHost ?? '')?.[1];
  return path === undefined ? [] : [path];
}
