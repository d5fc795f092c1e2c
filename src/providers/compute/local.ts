import { TransientFailure } from '../../domain/errors.ts';
import type { ComputeProvider, Instance, Offer, OfferRequest, Started, StartSpec } from './contract.ts';
import { createLocalRuns, type LocalRunsOptions } from './local-runs.ts';
import type { RunRecord } from './run-records.ts';

export type LocalComputeOptions = LocalRunsOptions & {
  /** Unlike that of any other machine whose workers share the jobs. */
  name: string;
  /** Runs at the same time. */
  slots: number;
  /** Of the whole machine; each slot offers its share. */
  cpuCores: number;
  memoryBytes: number;
};

/** The machine that the agent runs on: free of charge, always there, and as small as it is. */
export function createLocalCompute(
  options: LocalComputeOptions,
): ComputeProvider & { close(): Promise<void> } {
  const runs = createLocalRuns(options);
  const starting = new Map<string, Promise<RunRecord>>();
  const isFull = () => new Set([...runs.keys(), ...starting.keys()]).size >= options.slots;
  const perSlot = (whole: number) => Math.max(1, Math.floor(whole / options.slots));

  async function offers(request: OfferRequest): Promise<Offer[]> {
    const share = { cpuCores: perSlot(options.cpuCores), memoryBytes: perSlot(options.memoryBytes) };
    const fits = share.cpuCores >= request.minCpuCores && share.memoryBytes >= request.minMemoryBytes;
    if (request.gpu !== null || !fits || isFull()) return [];
    const offer = { provider: options.name, name: 'this-machine', title: 'this machine', gpu: null };
    const cost = { pricePerHourUsd: 0, transferUsd: 0, interruptionsPerHour: 0 };
    return [{ ...offer, ...cost, ...share, startupSeconds: 1, node: null }];
  }

  async function start(spec: StartSpec, { signal }: { signal: AbortSignal }): Promise<Started> {
    signal.throwIfAborted();
    const running = starting.get(spec.key) ?? runs.find(spec.key);
    if (running !== null) return startedOf(await running);
    if (isFull()) {
      throw new TransientFailure(
        'This machine runs as many trainings as it may; the next waits for one to end.',
        {
          code: 'compute.no_capacity',
          details: { slots: options.slots },
        },
      );
    }
    const started = runs.begin(spec);
    starting.set(spec.key, started);
    return startedOf(await started.finally(() => starting.delete(spec.key)));
  }

  async function close(): Promise<void> {
    await Promise.allSettled(starting.values());
    await runs.close();
  }

  return {
    name: options.name,
    isRented: false,
    offers,
    start,
    list: async () => (await runs.list()).map((record) => instanceOf(record, options.name)),
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
