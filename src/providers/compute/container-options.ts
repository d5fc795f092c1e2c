/** What of a docker daemon decides how containers are started. */
export type Daemon = {
  version: string;
  /** It runs as an ordinary user, whose files are root's inside. */
  isRootless: boolean;
  /** Users inside are others outside, unless a container is told otherwise. */
  remapsUsers: boolean;
  hasSelinux: boolean;
  /** Containers can be given a card. */
  hasNvidia: boolean;
};

/** Where and as whom a container runs. */
export type Placement = {
  daemon: Daemon;
  user: { uid: number; gid: number };
  cpuCores: number;
  /** Of its card; null: it has none. */
  card: string | null;
  labels: readonly string[];
};

/** Settings that the runner is handed (runner/container.py); its limits, its folder and its script are added there. */
export type ContainerSettings = {
  /** The program with its own options. */
  docker: string[];
  host: string | null;
  /** Value of PATH for the program. */
  searchPath: string;
  name: string;
  options: string[];
  image: string;
  python: string;
};

/** The walls: no privilege, no way to gain one, nothing writable but the run's folder and /tmp, nothing pulled. */
export function containerOptions({ daemon, user, cpuCores, card, labels }: Placement): string[] {
  // The user that a rootless daemon runs as, who owns the run's folder, is root inside.
  const { uid, gid } = daemon.isRootless ? { uid: 0, gid: 0 } : user;
  return [
    ...['--init', '--pull', 'never', '--read-only', '--tmpfs', '/tmp:rw,nosuid,nodev,size=1g,mode=1777'],
    ...['--user', `${uid}:${gid}`, '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...(daemon.hasSelinux ? ['--security-opt', 'label=disable'] : []),
    ...(daemon.remapsUsers ? ['--userns', 'host'] : []),
    ...['--log-driver', 'none', '--oom-score-adj', '800', '--ulimit', 'core=0', '--cpus', String(cpuCores)],
    ...labels.flatMap((label) => ['--label', label]),
    // Where the card's runtime is the default one, a container would see them all.
    ...(card === null ? ['--env', 'NVIDIA_VISIBLE_DEVICES=void'] : ['--gpus', `device=${card}`]),
  ];
}
