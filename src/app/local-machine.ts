import { availableParallelism, totalmem, userInfo } from 'node:os';
import type { Config } from '../config/load.ts';
import { shareOf } from '../domain/environment.ts';
import { createLocalContainers, type LocalContainers } from '../providers/compute/local-containers.ts';
import { type Card, findCards } from '../providers/compute/nvidia-cards.ts';
import { searchPath } from './images.ts';

/** Beside the usual folders, those of drivers that come with their system. */
const cardPath = `${searchPath}:/usr/local/nvidia/bin:/usr/lib/wsl/lib`;

/** What this machine has for training. */
export type LocalMachine = {
  cores: number;
  memoryBytes: number;
  cards: Card[];
  /** Why a card is not used; null where nothing is wrong. */
  cardProblem: string | null;
};

/** @param path where nvidia-smi is looked for */
export async function lookAtMachine(signal: AbortSignal, path = cardPath): Promise<LocalMachine> {
  const { cards, problem } = await findCards({ searchPath: path, signal });
  // Where this process itself may use less than the machine has, so may what it starts.
  const allowed = process.constrainedMemory();
  const memoryBytes = allowed > 0 ? Math.min(totalmem(), allowed) : totalmem();
  return { cores: availableParallelism(), memoryBytes, cards, cardProblem: problem };
}

/** Containers for training scripts; null where they are not wanted, or no image can be there. */
export function openContainers(
  { training, images }: Pick<Config, 'training' | 'images'>,
  place: { scratch: string; packages: readonly string[]; machine: LocalMachine },
): LocalContainers | null {
  const { localIsolation: mode, localImage: image, localSlots } = training;
  if (mode === 'process' || (mode === 'auto' && image === null && images.repository === null)) return null;
  const { uid, gid } = userInfo();
  return createLocalContainers({
    mode,
    image,
    packages: place.packages,
    program: images.docker,
    host: images.dockerHost,
    searchPath,
    scratchFolder: place.scratch,
    cpuCores: shareOf(place.machine, localSlots).cpuCores,
    user: { uid, gid },
  });
}

/** Where nothing may run outside a container, only cards that containers can be given count. */
export async function withUsableCards(
  machine: LocalMachine,
  { training }: Pick<Config, 'training'>,
  containers: LocalContainers | null,
  signal: AbortSignal,
): Promise<LocalMachine> {
  if (training.localIsolation !== 'docker' || containers === null || machine.cards.length === 0)
    return machine;
  const { value } = await containers.daemonOf(signal);
  if (value === null || value.hasNvidia) return machine;
  const cardProblem =
    'the docker daemon has no NVIDIA runtime, so no card of this machine is used; install the NVIDIA Container Toolkit';
  return { ...machine, cards: [], cardProblem };
}
