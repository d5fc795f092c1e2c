import { createHash } from 'node:crypto';
import { TransientFailure } from '../../src/domain/errors.ts';
import {
  type JobSheet,
  jobSheetSchema,
  type RunResult,
  type ScriptContract,
  scriptContractSchema,
} from '../../src/domain/run-contract.ts';
import type { ComputeProvider, Instance, Offer } from '../../src/providers/compute/contract.ts';

/** What a script would write, by file name; or how its run ended otherwise. */
export type WorkDone =
  | { files: Record<string, string>; metrics?: RunResult['metrics'] }
  | { exitClass: RunResult['exitClass']; message: string };

export type Work = (job: {
  sheet: JobSheet;
  contract: ScriptContract;
  /** The data folder. */
  files: ReadonlyMap<string, string>;
}) => WorkDone | Promise<WorkDone>;

export type InProcessCompute = ComputeProvider & {
  /** Keys of the starts, in their order. */
  started: string[];
  /** Ids of the machines that were ended by order. */
  stopped: string[];
  /** Machines that vanish without a word when they are started. */
  vanishing: number;
};

/**
 * A provider of machines that are functions of this process. They keep the contract of a machine: they fetch
 * their sheet, their data and their bundle by signed links, and upload their files and, last, their result.
 */
export function createInProcessCompute(options: {
  work: Work;
  slots?: number;
  /** Of somebody else, by this name and at this price. */
  rented?: { name: string; pricePerHourUsd: number; offer?: Partial<Offer> };
}): InProcessCompute {
  const slots = options.slots ?? 4;
  const { rented } = options;
  const name = rented?.name ?? 'in-process';
  const pricePerHourUsd = rented?.pricePerHourUsd ?? 0;
  const running = new Map<string, Instance>();
  const started: string[] = [];
  const stopped: string[] = [];
  const offer: Offer = {
    provider: name,
    name: 'function',
    title: 'a function',
    pricePerHourUsd,
    transferUsd: 0,
    gpu: rented === undefined ? null : { name: 'RTX 3090', memoryBytes: 24_000_000_000 },
    cpuCores: 4,
    memoryBytes: 2 ** 35,
    startupSeconds: 0,
    interruptionsPerHour: 0,
    node: null,
    ...rented?.offer,
  };
  const compute: InProcessCompute = {
    name,
    isRented: rented !== undefined,
    started,
    stopped,
    vanishing: 0,
    offers: async () => (running.size < slots ? [offer] : []),
    async start({ key, jobSheetUrl }) {
      if (running.size >= slots) {
        throw new TransientFailure('There is no room.', { code: 'compute.no_capacity' });
      }
      started.push(key);
      const startedAt = new Date();
      if (compute.vanishing > 0) {
        compute.vanishing -= 1;
        return { instanceId: key, startedAt };
      }
      running.set(key, {
        id: key,
        provider: name,
        key,
        state: 'running',
        startedAt,
        pricePerHourUsd,
        node: offer.node,
        trouble: null,
        detail: null,
      });
      // A machine that fails says nothing more, as a real one would.
      runSheet(jobSheetUrl, options.work)
        .catch(() => undefined)
        .finally(() => running.delete(key));
      return { instanceId: key, startedAt };
    },
    list: async () => [...running.values()],
    async stop(id) {
      stopped.push(id);
      running.delete(id);
    },
    account: async () => ({ balanceUsd: null, warnings: [] }),
  };
  return compute;
}

async function runSheet(jobSheetUrl: string, work: Work): Promise<void> {
  const sheet = jobSheetSchema.parse(JSON.parse(await download(jobSheetUrl)));
  const files = new Map<string, string>();
  for (const { name, url, sha256 } of sheet.data) {
    const text = await download(url);
    if (sha256Of(text) !== sha256) throw new Error(`${name} is another file`);
    files.set(name, text);
  }
  const contract = scriptContractSchema.parse(JSON.parse(files.get('contract.json') ?? ''));
  const done = await work({ sheet, contract, files });
  const uploaded: RunResult['files'] = [];
  if ('files' in done) {
    for (const { name, url } of sheet.outputs) {
      const text = done.files[name];
      if (text === undefined) continue;
      await upload(url, text);
      uploaded.push({ name, sizeBytes: Buffer.byteLength(text), sha256: sha256Of(text) });
    }
  }
  const result: RunResult = {
    schema: 1,
    job: sheet.job,
    token: sheet.token,
    exitClass: 'files' in done ? 'ok' : done.exitClass,
    exitCode: 0,
    message: 'files' in done ? '' : done.message,
    seconds: 1,
    maxMemoryBytes: null,
    isolation: { network: false, processes: false, files: false },
    resumedFrom: null,
    files: uploaded,
    metrics: 'files' in done ? (done.metrics ?? []) : [],
    logTail: '',
  };
  await upload(sheet.uploads.result, JSON.stringify(result));
}

async function download(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status}`);
  return await response.text();
}

async function upload(url: string, text: string): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: Buffer.from(text) });
  if (!response.ok) throw new Error(`${response.status}`);
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
