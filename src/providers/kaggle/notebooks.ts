import { stat } from 'node:fs/promises';
import { asFailure, BusinessFailure, Failure } from '../../domain/errors.ts';
import { downloadToFile } from '../download.ts';
import { parseJson } from '../http.ts';
import { checkTarget } from '../redirect.ts';
import { callOnce } from './call-once.ts';
import { type KaggleCalls, refusalDetails, vendor } from './calls.ts';
import { createCodeSubmission } from './code-submission.ts';
import { refuseUnsaved } from './notebook-refusals.ts';
import {
  logSchema,
  notebookOutputSchema,
  notebookSchema,
  notebookStatusSchema,
  quotaSchema,
  savedNotebookSchema,
} from './notebook-schemas.ts';
import type {
  AcceleratorQuota,
  NewNotebook,
  NotebookCalls,
  NotebookLogLine,
  NotebookRef,
  NotebookState,
  SavedNotebook,
} from './notebooks-contract.ts';
import { allPages } from './paging.ts';
import type { Refusals } from './refusals.ts';

const service = 'kernels.KernelsApiService';
const website = 'https://www.kaggle.com';
/** The maximum that Kaggle documents. */
const filesPerPage = 200;
const stallMs = 60_000;
const transferTimeoutMs = 3_600_000;
const defaultMaxBytes = 1_000_000_000;
/** Two GPUs of the kind that current frameworks still support; the default kind is older. */
const gpuShape = 'NvidiaTeslaT4';

/** Source: Kaggle/kagglesdk `ApiSaveKernelRequest` and its neighbours; Kaggle/kaggle-cli issue 185. */
export function createNotebookCalls(calls: KaggleCalls, refusals: Refusals): NotebookCalls {
  return {
    saveNotebook: (notebook, { signal }) => saveNotebook(calls, refusals, notebook, signal),
    findNotebook: (notebook, { signal }) => findNotebook(calls, notebook, signal),
    notebookStatus: (notebook, { signal }) => readStatus(calls, notebook, signal),
    async notebookOutput(notebook, { signal }) {
      const { files, log } = await readOutput(calls, notebook, signal);
      return { fileNames: files.map(({ fileName }) => fileName), log };
    },
    downloadNotebookFile: (notebook, fileName, path, options) =>
      downloadFile(calls, notebook, { fileName, path }, options),
    acceleratorQuota: ({ signal }) => readQuota(calls, signal),
    createCodeSubmission: (slug, submission, { signal }) =>
      createCodeSubmission(calls, refusals, slug, submission, signal),
  };
}

async function saveNotebook(
  calls: KaggleCalls,
  refusals: Refusals,
  notebook: NewNotebook,
  signal: AbortSignal,
): Promise<SavedNotebook> {
  const { owner, slug } = notebook;
  const hasGpu = notebook.accelerator === 'gpu';
  const list = (name: string, values: readonly string[]) => (values.length === 0 ? {} : { [name]: values });
  const answer = await callOnce(calls, {
    service,
    method: 'SaveKernel',
    body: {
      slug: `${owner}/${slug}`,
      newTitle: notebook.title,
      text: notebook.text,
      language: 'python',
      kernelType: 'notebook',
      isPrivate: true,
      enableGpu: hasGpu,
      enableTpu: false,
      enableInternet: notebook.hasInternet,
      sessionTimeoutSeconds: Math.ceil(notebook.timeLimitSeconds),
      ...(hasGpu ? { machineShape: gpuShape } : {}),
      ...list('competitionDataSources', notebook.competitions),
      ...list('kernelDataSources', notebook.notebooks),
    },
    response: savedNotebookSchema,
    signal,
    unknownMessage: 'Kaggle did not say whether it took a notebook; it is looked up before it is sent again.',
  });
  await refuseUnsaved(refusals, notebook, answer, signal);
  // A title that makes another slug would leave the notebook where nobody looks for it.
  const saved = refOf(answer.ref || answer.url) ?? { owner, slug };
  return {
    owner,
    slug: saved.slug,
    versionNumber: Math.max(1, answer.versionNumber),
    url: answer.url.startsWith(`${website}/`) ? answer.url : `${website}/code/${owner}/${saved.slug}`,
  };
}

/** Of `owner/slug`, `/code/owner/slug` or the whole URL. */
function refOf(ref: string): NotebookRef | null {
  const [, owner = '', slug = ''] = /([^/]+)\/([^/?#]+)\/?$/.exec(ref) ?? [];
  return slug === '' ? null : { owner, slug };
}

async function findNotebook(
  calls: KaggleCalls,
  { owner, slug }: NotebookRef,
  signal: AbortSignal,
): Promise<SavedNotebook | null> {
  const body = { userName: owner, kernelSlug: slug };
  try {
    const found = await calls.rpc({ service, method: 'GetKernel', body, response: notebookSchema, signal });
    const versionNumber = Math.max(1, found.metadata.currentVersionNumber);
    return { owner, slug, versionNumber, url: `${website}/code/${owner}/${slug}` };
  } catch (error) {
    // An unknown notebook and one of somebody else are refused alike.
    if ([403, 404].includes(refusalDetails(error)?.status ?? 0)) return null;
    throw error;
  }
}

const statusNames = new Map<string, NotebookState['status']>([
  ['QUEUED', 'queued'],
  ['0', 'queued'],
  ['NEW_SCRIPT', 'queued'],
  ['6', 'queued'],
  ['RUNNING', 'running'],
  ['1', 'running'],
  ['COMPLETE', 'complete'],
  ['2', 'complete'],
  ['ERROR', 'failed'],
  ['3', 'failed'],
  ['CANCEL_REQUESTED', 'cancelled'],
  ['4', 'cancelled'],
  ['CANCEL_ACKNOWLEDGED', 'cancelled'],
  ['5', 'cancelled'],
]);

/** A status that Kaggle cannot find, or fails to tell, says nothing about the run: seen for runs that were fine. */
async function readStatus(
  calls: KaggleCalls,
  { owner, slug }: NotebookRef,
  signal: AbortSignal,
): Promise<NotebookState> {
  const method = 'GetKernelSessionStatus';
  const body = { userName: owner, kernelSlug: slug };
  return await calls.run({ name: method, idempotent: true, signal }, async (attemptSignal) => {
    try {
      const call = { service, method, body, response: notebookStatusSchema, signal: attemptSignal } as const;
      const { status, failureMessage } = await calls.ask(call);
      const name = status.replace(/^KERNEL_WORKER_STATUS_/, '');
      // A word that we do not know is no end.
      return { status: statusNames.get(name) ?? 'running', failureMessage };
    } catch (error) {
      const status = error instanceof Failure ? error.details.status : undefined;
      if (status !== 403 && status !== 404 && status !== 500) throw error;
      return { status: 'missing', failureMessage: null };
    }
  });
}

type RawOutput = { files: { url: string; fileName: string }[]; log: NotebookLogLine[] };

async function readOutput(
  calls: KaggleCalls,
  { owner, slug }: NotebookRef,
  signal: AbortSignal,
): Promise<RawOutput> {
  let log: NotebookLogLine[] = [];
  const files = await allPages(async (pageToken) => {
    const token = pageToken === null ? {} : { pageToken };
    const body = { userName: owner, kernelSlug: slug, pageSize: filesPerPage, ...token };
    const method = 'ListKernelSessionOutput';
    const answer = await calls.rpc({ service, method, body, response: notebookOutputSchema, signal });
    // The log comes with the first page.
    if (pageToken === null) log = readLog(answer.log);
    return { items: answer.files, nextPageToken: answer.nextPageToken };
  });
  return { files, log };
}

/** An array inside a string, or the plain text. */
function readLog(log: string): NotebookLogLine[] {
  if (log === '') return [];
  const lines = logSchema.safeParse(parseJson(log));
  if (!lines.success) return [{ stream: 'stdout', seconds: 0, text: log }];
  return lines.data.map((line) => ({ stream: line.stream_name, seconds: line.time, text: line.data }));
}

async function downloadFile(
  calls: KaggleCalls,
  notebook: NotebookRef,
  { fileName, path }: { fileName: string; path: string },
  { signal, maxBytes = defaultMaxBytes }: { signal: AbortSignal; maxBytes?: number },
): Promise<{ sizeBytes: number }> {
  const { fetch, userAgent, now } = calls.options;
  const common = { vendor, fetch, file: path, userAgent, now, maxBytes, stallMs };
  const fetchOnce = async (attemptSignal: AbortSignal): Promise<void> => {
    const { files } = await readOutput(calls, notebook, attemptSignal);
    const found = files.find((file) => file.fileName === fileName);
    if (found === undefined) throw noSuchFile(notebook, fileName);
    const url = checkTarget(found.url, { vendor, base: new URL(calls.base) });
    const call = { name: 'DownloadKernelOutput', idempotent: true, signal: attemptSignal };
    await calls.run({ ...call, timeoutMs: transferTimeoutMs }, async (transferSignal) => {
      await downloadToFile({ ...common, url, signal: transferSignal });
    });
  };
  try {
    await fetchOnce(signal);
  } catch (error) {
    // The links live for minutes.
    if (asFailure(error).code !== 'kaggle.link_expired') throw error;
    await fetchOnce(signal);
  }
  return { sizeBytes: (await stat(path)).size };
}

function noSuchFile({ owner, slug }: NotebookRef, fileName: string): BusinessFailure {
  return new BusinessFailure(
    `The notebook ${owner}/${slug} wrote no ${fileName}, so there is nothing to take.`,
    {
      code: 'kaggle.not_found',
      details: { fileName },
    },
  );
}

async function readQuota(calls: KaggleCalls, signal: AbortSignal): Promise<AcceleratorQuota> {
  const method = 'GetAcceleratorQuotaStatistics';
  const answer = await calls.rpc({ service, method, body: {}, response: quotaSchema, signal });
  const gpu = answer.gpuQuota;
  return {
    gpu:
      gpu == null
        ? null
        : {
            usedSeconds: gpu.timeUsed,
            reservedSeconds: gpu.timeReserved,
            totalSeconds: gpu.totalTimeAllowed,
          },
    refreshAt: answer.quotaRefreshTime,
  };
}
