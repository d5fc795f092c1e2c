import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure, TransientFailure } from '../../domain/errors.ts';
import { diskFailure } from '../disk-failure.ts';
import { downloadToFile, type Receiver, receive, takeFinished } from '../download.ts';
import { discard } from '../http.ts';
import { redirectTarget } from '../redirect.ts';
import { defaultZipLimits } from '../zip.ts';
import { type KaggleCalls, rpcPath, vendor } from './calls.ts';
import type { DownloadOptions, UnpackedFile } from './contract.ts';
import { unpack } from './unpack.ts';

/** For the whole of the largest transfer; standing still is noticed much earlier. */
const transferTimeoutMs = 12 * 3_600_000;
const stallMs = 60_000;
const defaultMaxBytes = 20_000_000_000;
/**
 * Downloads have a strict limit of their own: at least a minute between tries where Kaggle names no time. Longer than
 * the policy waits by itself, so that the caller hears of it and its worker is free meanwhile.
 * Source: Kaggle/kaggle-cli issues 494, 931.
 */
const busyPauseMs = 61_000;
/** A transfer that came on goes on after so long; one that did not is a failed attempt. */
const goOnAfterMs = 500;

/**
 * Fetches all data as one archive, goes on where an earlier call was cut off, and hands on what it holds.
 * Source: Kaggle/kaggle-cli `download_file`, kagglehub `clients.py`.
 */
export async function downloadData(
  calls: KaggleCalls,
  slug: string,
  options: DownloadOptions,
): Promise<UnpackedFile[]> {
  const { folder, signal } = options;
  const file = join(folder, 'archive');
  await mkdir(folder, { recursive: true });
  const { name, isVerified } = await fetchArchive(calls, slug, file, options);
  try {
    const maxBytes = options.maxUnpackedBytes ?? defaultZipLimits.maxBytes;
    const limits = { ...defaultZipLimits, maxBytes };
    return await unpack({ ...options, file, name, limits, scratchFolder: join(folder, 'inner') });
  } catch (error) {
    const isArchiveBad = error instanceof Failure && badArchive.has(error.code);
    if (isArchiveBad && !signal.aborted) await rm(folder, { recursive: true, force: true });
    throw isVerified ? error : mayHaveBeenCut(error);
  }
}

/** Another try with the same bytes would end alike. */
const badArchive: ReadonlySet<string> = new Set([
  'kaggle.damaged_archive',
  'kaggle.unsafe_archive',
  'kaggle.unsupported_archive',
]);

/** @returns the archive's name at Kaggle, and whether its checksum agreed */
async function fetchArchive(
  calls: KaggleCalls,
  slug: string,
  file: string,
  options: DownloadOptions,
): Promise<{ name: string; isVerified: boolean }> {
  const call = receiverOf(calls, file, options);
  const finished = await takeFinished(call);
  const known = finished === null ? null : await readFile(`${file}.name`, 'utf8').catch(() => null);
  if (finished !== null && known !== null) return { name: known, ...finished };
  // Kept over attempts: asking for a link has a strict limit of its own.
  let link: URL | null = null;

  const transfer = async (signal: AbortSignal) => {
    const answer = link ?? (await askForLink(calls, slug, signal));
    const isDirect = answer instanceof Response;
    if (!isDirect) link = answer;
    const name = (isDirect ? '' : decodeName(answer)) || `${slug}.zip`;
    await writeFile(`${file}.name`, name).catch(diskFailure);
    if (isDirect) return { name, ...(await receive({ ...call, signal }, answer, 0)) };
    return { name, ...(await downloadToFile({ ...call, signal, url: answer })) };
  };

  return await calls.run(
    { name: 'DownloadDataFiles', idempotent: true, signal: options.signal, timeoutMs: transferTimeoutMs },
    async (signal) => {
      let hasNewLink = false;
      for (;;) {
        const before = await sizeOf(file);
        try {
          return await transfer(signal);
        } catch (error) {
          const isDead = error instanceof Failure && error.code === 'kaggle.link_expired';
          if (isDead) link = null;
          // Every cut of a long transfer would else use up an attempt, however far it had come.
          const cameOn = (await sizeOf(file)) > before && isCut(error);
          if (!cameOn && (!isDead || hasNewLink)) throw error;
          hasNewLink = isDead && !cameOn;
          if (cameOn) await wait(goOnAfterMs, undefined, { signal }).catch(() => signal.throwIfAborted());
        }
      }
    },
  );
}

function receiverOf(
  { options: { fetch, userAgent, now } }: KaggleCalls,
  file: string,
  { signal, onProgress, requireSpace, maxBytes = defaultMaxBytes }: DownloadOptions,
): Receiver {
  return {
    vendor,
    fetch,
    file,
    userAgent,
    now,
    maxBytes,
    stallMs,
    signal,
    ...(onProgress ? { onProgress: (done) => onProgress({ phase: 'transfer', ...done }) } : {}),
    ...(requireSpace ? { onSize: (bytes) => requireSpace({ phase: 'transfer', bytes }) } : {}),
  };
}

/** The connection ended in the middle, by whatever hand. */
function isCut(error: unknown): boolean {
  return (
    error instanceof TransientFailure && /\.(incomplete|unreachable|stalled|link_expired)$/.test(error.code)
  );
}

/** @returns where the archive lies, or an answer that carries it at once */
async function askForLink(calls: KaggleCalls, slug: string, signal: AbortSignal): Promise<URL | Response> {
  const response = await calls
    .postForBytes(rpcPath('DownloadDataFiles'), { competitionName: slug }, signal)
    .catch((error: unknown) => {
      throw leaveAlone(error);
    });
  const target = redirectTarget(response, { vendor, base: new URL(calls.base) });
  if (target === null) return response;
  await discard(response);
  return target;
}

/** A refusal for now that names no time gets one. */
function leaveAlone(error: unknown): unknown {
  if (!(error instanceof TransientFailure) || error.code !== 'kaggle.busy') return error;
  if (error.retryAfterMs !== undefined) return error;
  const { code, details, message } = error;
  return new TransientFailure(message, { code, details, cause: error, retryAfterMs: busyPauseMs });
}

function decodeName(link: URL): string {
  const last = link.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Without a checksum, a damaged archive may as well have been damaged on its way. */
function mayHaveBeenCut(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code !== 'kaggle.damaged_archive') return error;
  return new TransientFailure('The data arrived damaged and is fetched again.', {
    code: 'kaggle.corrupt_download',
    cause: error,
  });
}
