import { randomUUID } from 'node:crypto';
import { type aDisk, type Container, runContainer } from './container.ts';
import { aMeter, type Meter } from './meter.ts';
import type { StartFault, VastHost, VastSettings } from './settings.ts';

/** What a rent asked for, as the create call read it. */
export type RentOrder = {
  ask: number;
  kind: 'on-demand' | 'bid';
  gpuUsdPerHour: number;
  label: string | null;
  image: string;
  args: readonly string[];
  diskGb: number;
  /** The machine is somebody else's still. */
  waits: boolean;
};

export type VastMachine = RentOrder & {
  id: number;
  host: VastHost;
  /** Lets the machine stop, start, show and destroy itself. */
  key: string;
  diskUsdPerHour: number;
  createdMs: number;
  /** Real time, for how it comes up. */
  createdRealMs: number;
  status: string | null;
  words: string | null;
  intended: 'running' | 'stopped';
  destroyedRealMs: number | null;
  endedMs: number | null;
  startFault: StartFault | null;
  meter: Meter;
  container: Container | null;
  /** What containers that are gone have printed. */
  pastLog: string;
  starts: number;
  /** When its container ran, in real time; null while it does. */
  runs: { fromMs: number; toMs: number | null }[];
};

const hoursPerMonth = 720;

export function aMachine(
  order: RentOrder,
  host: VastHost,
  { id, nowMs, startFault }: { id: number; nowMs: number; startFault: StartFault | null },
): VastMachine {
  return {
    ...order,
    id,
    host,
    key: randomUUID(),
    diskUsdPerHour: (host.storageCost * order.diskGb) / hoursPerMonth,
    createdMs: nowMs,
    createdRealMs: Date.now(),
    status: null,
    words: null,
    intended: 'running',
    destroyedRealMs: null,
    endedMs: null,
    startFault,
    meter: aMeter(nowMs, { download: host.downloadCost, upload: host.uploadCost }),
    container: null,
    pastLog: '',
    starts: 0,
    runs: [],
  };
}

export const isGone = (machine: VastMachine): boolean => machine.destroyedRealMs !== null;

/** What a machine's GPU and disk cost an hour as it is now. */
export function ratesOf(machine: VastMachine, { billsLoading }: Pick<VastSettings, 'billsLoading'>) {
  if (isGone(machine) || machine.status === 'offline') return { gpu: 0, disk: 0 };
  const isBilled =
    machine.status === 'running' ||
    machine.status === 'frozen' ||
    machine.status === 'unknown' ||
    (billsLoading && machine.status === 'loading');
  return { gpu: isBilled ? machine.gpuUsdPerHour : 0, disk: machine.diskUsdPerHour };
}

/** Kills what runs on a machine, and keeps what it printed. */
export async function killContainer(machine: VastMachine): Promise<void> {
  const { container } = machine;
  if (container === null) return;
  await container.kill();
  const run = machine.runs.at(-1);
  if (run !== undefined) run.toMs ??= Date.now();
  machine.pastLog += container.log();
  machine.container = null;
}

export const logOf = (machine: VastMachine): string => machine.pastLog + (machine.container?.log() ?? '');

/** What `dph_total` of a machine says. */
export const wholeRate = (machine: VastMachine): number => machine.gpuUsdPerHour + machine.diskUsdPerHour;

export type Disk = Awaited<ReturnType<typeof aDisk>>;

/** Begins the container, again where it ran before: its arguments run at each start. */
export function bringUp(
  machine: VastMachine,
  disk: Disk,
  { pythonFolder, onEnd }: { pythonFolder: string | null; onEnd: () => void },
): void {
  machine.starts += 1;
  machine.runs.push({ fromMs: Date.now(), toMs: null });
  machine.container = runContainer(machine.args, {
    home: disk.home,
    pythonFolder,
    variables: {
      CONTAINER_ID: String(machine.id),
      CONTAINER_API_KEY: machine.key,
      VAST_CONTAINERLABEL: `C.${machine.id}`,
      GPU_COUNT: String(machine.host.numGpus),
      DATA_DIRECTORY: '/workspace',
    },
    onEnd,
  });
}

/** Where a machine that comes up is after so long: its status and what the host says about it. */
export function stageOf(
  machine: VastMachine,
  settings: Pick<VastSettings, 'provisionMs' | 'pullMs' | 'slowPullMs' | 'images'>,
): { status: string | null; words: string | null } {
  const ageMs = Date.now() - machine.createdRealMs;
  if (ageMs < settings.provisionMs) return { status: null, words: null };
  if (settings.images !== null && !settings.images.includes(machine.image)) {
    const words = `Error response from daemon: manifest for ${machine.image} not found: manifest unknown`;
    return { status: 'created', words };
  }
  if (machine.startFault === 'oci_error') {
    const words = 'OCI runtime create failed: nvidia-container-cli: initialization error';
    return { status: 'created', words };
  }
  if (ageMs < 2 * settings.provisionMs) return { status: 'created', words: 'created' };
  if (machine.startFault === 'stall') return { status: 'loading', words: 'Pulling fs layer' };
  const pullMs = machine.startFault === 'slow_pull' ? settings.slowPullMs : settings.pullMs;
  const pulledMs = ageMs - 2 * settings.provisionMs;
  if (pulledMs < pullMs)
    return { status: 'loading', words: `layer ${Math.floor((8 * pulledMs) / pullMs)} of 8: Pull complete` };
  return { status: 'running', words: 'success, running image' };
}
