import type { ContainerSettings } from './container-options.ts';
import type { LocalContainers } from './local-containers.ts';
import type { RunRecord, RunRecords } from './run-records.ts';

export type RunWallsOptions = {
  /** Null: scripts run as processes behind the runner's own walls. */
  containers?: LocalContainers | null;
  /** In what the script of a run is kept apart, and why. */
  onIsolation?: (told: { key: string; inContainer: boolean; reason: string }) => void;
};

export type RunOrder = {
  key: string;
  jobSheetUrl: string;
  maxLifeSeconds: number;
  /** The image that was built for its script. */
  image: string | null;
  card: string | null;
};

const sweepPatienceMs = 60_000;

/** The containers of runs: chosen before a run, removed after it, and those of the dead. */
export function createRunWalls({ containers = null, onIsolation }: RunWallsOptions, records: RunRecords) {
  let isSwept = containers === null;

  async function containerOf(run: RunOrder, signal: AbortSignal): Promise<ContainerSettings | null> {
    if (containers === null) return null;
    const { container, reason } = await containers.choose(run, signal);
    onIsolation?.({ key: run.key, inContainer: container !== null, reason });
    return container === null ? null : { ...container, name: containers.nameOf(run.key) };
  }

  /**
   * No process is left. Where docker does not answer, or the disk refuses, the record stays, so that the next look
   * clears up.
   */
  async function forget({ key, container }: RunRecord): Promise<void> {
    const isGone = container === null || containers === null || (await containers.remove(container));
    if (isGone) await records.remove(key).catch(() => {});
  }

  /** Once for all: what was left without a record. */
  async function sweepOnce(): Promise<void> {
    if (isSwept) return;
    isSwept = true;
    // Where docker does not answer, its containers do nothing either.
    await containers?.sweep(namesOfContainers, AbortSignal.timeout(sweepPatienceMs)).catch(() => {});
  }

  async function namesOfContainers(): Promise<ReadonlySet<string>> {
    return new Set((await records.readAll()).flatMap(({ container }) => container ?? []));
  }

  return { containerOf, forget, sweepOnce };
}
