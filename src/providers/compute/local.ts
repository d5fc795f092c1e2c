import { TransientFailure } from '../../domain/errors.ts';
import type { ComputeProvider, Instance, Offer, OfferRequest, Started, StartSpec } from './contract.ts';
import { createLocalRuns, type LocalRunsOptions } from './local-runs.ts';
import type { Card } from './nvidia-cards.ts';
import type { RunRecord } from './run-records.ts';

export type LocalComputeOptions = LocalRunsOptions & {
  /** Unlike that of any other machine whose workers share the jobs. */
  name: string;
  /** Runs without a card at the same time. */
  slots: number;
  /** Each for one run at a time, beside the slots. */
  cards?: readonly Card[];
  /** What one run may use. */
  cpuCores: number;
  memoryBytes: number;
};

const slotName = 'this-machine';

function cardOffer(card: Card): Pick<Offer, 'name' | 'title' | 'gpu'> {
  const { name, memoryBytes } = card;
  const title = `${name} (${Math.round(memoryBytes / 2 ** 30)} GB), this machine`;
  return { name: cardName(card), title, gpu: { name, memoryBytes } };
}
const cardName = ({ uuid }: Card) => `card:${uuid}`;

/** The machine that the agent runs on: free of charge, always there, and as small as it is. */
export function createLocalCompute(options: LocalComputeOptions): ComputeProvider & {
  /** Ends the runs of this process at once. @returns their keys */
  close(): Promise<string[]>;
} {
  const { name, cards = [] } = options;
  const share = { cpuCores: options.cpuCores, memoryBytes: options.memoryBytes };
  const runs = createLocalRuns(options);
  const starting = new Map<string, { card: string | null; run: Promise<RunRecord> }>();

  /** Ours: others that share this folder have slots of their own. */
  function freeSlots(): number {
    const keys = runs.records().flatMap(({ key, card }) => (card === null ? [key] : []));
    const coming = [...starting].flatMap(([key, { card }]) => (card === null ? [key] : []));
    return options.slots - new Set([...keys, ...coming]).size;
  }

  /** A card is there once, whoever uses it. */
  async function freeCards(): Promise<Card[]> {
    if (cards.length === 0) return [];
    const there = await runs.list();
    // Looked at last: what was coming before may have come.
    const taken = new Set([...there, ...runs.records(), ...starting.values()].map(({ card }) => card));
    return cards.filter(({ uuid }) => !taken.has(uuid));
  }

  /** One offer for each free slot, or each free card. */
  async function offers(request: OfferRequest, { signal }: { signal: AbortSignal }): Promise<Offer[]> {
    const { gpu } = request;
    await options.containers?.ensure(signal);
    if (share.cpuCores < request.minCpuCores || share.memoryBytes < request.minMemoryBytes) return [];
    const cost = { pricePerHourUsd: 0, transferUsd: 0, interruptionsPerHour: 0 };
    const common = { provider: name, ...cost, ...share, startupSeconds: 1, node: null };
    if (gpu === null) {
      const slot = { ...common, name: slotName, title: 'this machine', gpu: null };
      return Array.from({ length: Math.max(0, freeSlots()) }, () => slot);
    }
    const fitting = (await freeCards()).filter(({ memoryBytes }) => memoryBytes >= gpu.minMemoryBytes);
    return fitting.map((card) => ({ ...common, ...cardOffer(card) }));
  }

  async function start(spec: StartSpec, { signal }: { signal: AbortSignal }): Promise<Started> {
    signal.throwIfAborted();
    const running = starting.get(spec.key)?.run ?? runs.find(spec.key);
    if (running !== null) return startedOf(await running);
    const card = cards.find((one) => cardName(one) === spec.offer.name)?.uuid ?? null;
    if (card === null && spec.offer.gpu !== null) throw noRoom('This machine has no such graphics card.');
    if (card === null && freeSlots() <= 0) {
      throw noRoom('This machine runs as many trainings as it may; the next waits for one to end.');
    }
    const run = begin(spec, card, signal);
    starting.set(spec.key, { card, run });
    return startedOf(await run.finally(() => starting.delete(spec.key)));
  }

  async function begin(spec: StartSpec, card: string | null, signal: AbortSignal): Promise<RunRecord> {
    const { key, jobSheetUrl, maxLifeSeconds, image } = spec;
    if (card !== null) await takeCard(key, card);
    return await runs.begin({ key, jobSheetUrl, maxLifeSeconds, image, card }, signal);
  }

  /** @throws TransientFailure where another run has it, or asked for it before */
  async function takeCard(key: string, card: string): Promise<void> {
    const there = await runs.list();
    const first = [...starting].find(([, coming]) => coming.card === card)?.[0] ?? key;
    if (first === key && ![...there, ...runs.records()].some((record) => record.card === card)) return;
    throw noRoom('The graphics card of this machine is taken; the next run waits for it.');
  }

  function noRoom(message: string): TransientFailure {
    const details = { slots: options.slots, cards: cards.length };
    return new TransientFailure(message, { code: 'compute.no_capacity', details });
  }

  async function close(): Promise<string[]> {
    await Promise.allSettled([...starting.values()].map(({ run }) => run));
    return await runs.close();
  }

  return {
    name,
    isRented: false,
    offers,
    start,
    list: async () => (await runs.list()).map((record) => instanceOf(record, name)),
    stop: (instanceId, { signal }) => runs.endByKey(instanceId, signal),
    account: async () => ({ balanceUsd: null, warnings: [] }),
    close,
  };
}

function startedOf(record: RunRecord): Started {
  return { instanceId: record.key, startedAt: new Date(record.startedAt) };
}

function instanceOf(record: RunRecord, provider: string): Instance {
  return {
    id: record.key,
    provider,
    key: record.key,
    state: 'running',
    startedAt: new Date(record.startedAt),
    pricePerHourUsd: 0,
    node: null,
    trouble: null,
    detail: null,
  };
}
