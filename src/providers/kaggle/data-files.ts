import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, TransientFailure } from '../../domain/errors.ts';
import { downloadToFile, type Receiver, receive } from '../download.ts';
import { discard } from '../http.ts';
import { redirectTarget } from '../redirect.ts';
import { defaultZipLimits } from '../zip.ts';
import { type KaggleCalls, rpcPath, vendor } from './calls.ts';
import type { DownloadOptions, KaggleClient, LocalFile } from './contract.ts';
import { allPages } from './paging.ts';
import type { Refusals } from './refusals.ts';
import { filesSchema, pagesSchema } from './schemas.ts';
import { listFolder, unpack } from './unpack.ts';

/** The maximum that Kaggle documents. */
const filesPerPage = 200;
/** For the whole of the largest transfer; standing still is noticed much earlier. */
const transferTimeoutMs = 4 * 3_600_000;
const stallMs = 60_000;
const defaultMaxBytes = 20_000_000_000;

/** Source: Kaggle/kagglesdk `ApiListDataFilesRequest`, `ApiListCompetitionPagesRequest`; kagglehub `clients.py`. */
export function createDataCalls(
  calls: KaggleCalls,
  refusals: Refusals,
): Pick<KaggleClient, 'listFiles' | 'listPages' | 'downloadAll'> {
  return {
    listFiles: (slug, { signal }) =>
      refusals.about(slug, signal, async () => {
        const files = await allPages(async (pageToken) => {
          const token = pageToken === null ? {} : { pageToken };
          const body = { competitionName: slug, pageSize: filesPerPage, ...token };
          const answer = await calls.rpc({ method: 'ListDataFiles', body, response: filesSchema, signal });
          return { items: answer.files, nextPageToken: answer.nextPageToken };
        });
        return files.map((file) => ({
          name: file.name ?? file.ref,
          sizeBytes: file.totalBytes,
          createdAt: file.creationDate,
        }));
      }),
    listPages: (slug, { signal }) =>
      refusals.about(slug, signal, async () => {
        const body = { competitionName: slug };
        const answer = await calls.rpc({
          method: 'ListCompetitionPages',
          body,
          response: pagesSchema,
          signal,
        });
        return answer.pages;
      }),
    downloadAll: (slug, targetFolder, options) =>
      refusals.about(slug, options.signal, () => downloadAll(calls, slug, targetFolder, options)),
  };
}

async function downloadAll(
  calls: KaggleCalls,
  slug: string,
  targetFolder: string,
  options: DownloadOptions,
): Promise<LocalFile[]> {
  const work = `${targetFolder}.download`;
  const fresh = `${targetFolder}.unpacked`;
  const file = join(work, 'archive');
  await mkdir(work, { recursive: true });
  const { name, isVerified } = await fetchArchive(calls, slug, file, options);

  await rm(fresh, { recursive: true, force: true });
  try {
    const limits = { ...defaultZipLimits, maxBytes: options.maxUnpackedBytes ?? defaultZipLimits.maxBytes };
    await unpack({ file, name, folder: fresh, limits, signal: options.signal });
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!options.signal.aborted) await rm(work, { recursive: true, force: true });
    throw isVerified ? error : mayHaveBeenCut(error);
  }
  const files = await replaceFolder(fresh, targetFolder);
  await rm(work, { recursive: true, force: true });
  return files;
}

/** @returns the archive's name at Kaggle, and whether its checksum agreed */
async function fetchArchive(
  calls: KaggleCalls,
  slug: string,
  file: string,
  { signal, onProgress, maxBytes = defaultMaxBytes }: DownloadOptions,
): Promise<{ name: string; isVerified: boolean }> {
  const { fetch, userAgent, now } = calls.options;
  const common = {
    vendor,
    fetch,
    file,
    userAgent,
    now,
    maxBytes,
    stallMs,
    ...(onProgress ? { onProgress } : {}),
  };
  // Kept over attempts: asking for a link has a strict limit of its own.
  let link: URL | null = null;

  const attempt = async (attemptSignal: AbortSignal) => {
    const call = { ...common, signal: attemptSignal };
    if (link === null) {
      const answer = await askForLink(calls, slug, attemptSignal);
      if (answer instanceof Response) return await takeBody(call, answer, slug);
      link = answer;
    }
    const name = decodeURIComponent(link.pathname.split('/').at(-1) ?? '') || `${slug}.zip`;
    return { name, ...(await downloadToFile({ ...call, url: link })) };
  };

  return await calls.run(
    { name: 'DownloadDataFiles', idempotent: true, signal, timeoutMs: transferTimeoutMs },
    async (attemptSignal) => {
      try {
        return await attempt(attemptSignal);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'kaggle.link_expired') throw error;
        link = null;
        return await attempt(attemptSignal);
      }
    },
  );
}

/** @returns where the archive lies, or an answer that carries it at once */
async function askForLink(calls: KaggleCalls, slug: string, signal: AbortSignal): Promise<URL | Response> {
  const response = await calls.post(rpcPath('DownloadDataFiles'), { competitionName: slug }, signal);
  const target = redirectTarget(response, { vendor, base: new URL(calls.base) });
  if (target === null) return response;
  await discard(response);
  return target;
}

async function takeBody(call: Receiver, response: Response, slug: string) {
  return { name: `${slug}.zip`, ...(await receive(call, response, 0)) };
}

/** Without a checksum, a damaged archive may as well have been damaged on its way. */
function mayHaveBeenCut(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code !== 'kaggle.damaged_archive') return error;
  return new TransientFailure('The data arrived damaged and is fetched again.', {
    code: 'kaggle.corrupt_download',
    cause: error,
  });
}

/** Puts the new folder in the old one's place in one move; a crash in between leaves one of the two whole. */
async function replaceFolder(fresh: string, targetFolder: string): Promise<LocalFile[]> {
  const old = `${targetFolder}.old`;
  await mkdir(dirname(targetFolder), { recursive: true });
  await rm(old, { recursive: true, force: true });
  await rename(targetFolder, old).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
  await rename(fresh, targetFolder);
  await rm(old, { recursive: true, force: true });

  return listFolder(targetFolder);
}
