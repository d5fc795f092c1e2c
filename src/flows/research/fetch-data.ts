import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { TransientFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import { noteDownloadRefused, readDataDownload, reportDataDownload } from '../../state/downloads.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';
import { holdOrWait } from '../support/hold-or-wait.ts';
import { dataKey, dataListKey, dataPrefix } from '../support/object-keys.ts';
import { readObject } from '../support/objects.ts';
import { Wait } from '../support/wait.ts';
import { requireFit, roomWatch } from './data-room.ts';
import { type DataListing, readDataListing } from './data-version.ts';
import { createDownloadReport, type DownloadReport } from './report-download.ts';

export type FetchContext = Pick<
  Context,
  'state' | 'kaggle' | 'objects' | 'policy' | 'downloads' | 'locks' | 'log' | 'signal' | 'now' | 'actor'
>;

const storedFileSchema = z.object({ name: z.string(), key: z.string(), sizeBytes: z.number() });
const listSchema = z.object({ schema: z.literal(1), files: z.array(storedFileSchema) });
/** A file of a competition's data in the object store. */
export type StoredFile = z.output<typeof storedFileSchema>;

/** A competition's data as they are at the vendor now, in the object store. */
export type StoredData = { listing: DataListing; files: readonly StoredFile[] };

type Fetched = Pick<Competition, 'id' | 'slug'>;

/** One download at a time, of the whole installation: the vendor's limit on them is its strictest. */
const slotName = 'kaggle-download';
/** Shorter than the job may take, so that a long download goes on in another run and uses up no start. */
const sliceMs = 45 * 60_000;
/** Source: Kaggle/kaggle-cli issue 931, where refusals went on for more than half an hour. */
const pauseSeconds = 60;
const tellAfterSeconds = 30 * 60;
const longPauseSeconds = 10 * 60;
/** Whatever the vendor's answer says: a wrong date in it must not stop all downloads for good. */
const longestPauseSeconds = 6 * 3_600;
const alertKind = 'service:kaggle-download';

/**
 * Brings a competition's data into the object store, once for each version of them, whoever asks in whatever process.
 * What an earlier call fetched is gone on with.
 * @param listing as it was just read, where it was
 * @throws Wait while another download has the slot, or the vendor wants to be left alone;
 * BusinessFailure `data.too_large`, `data.no_space`, `kaggle.*`; TransientFailure `kaggle.*`
 */
export async function fetchData(
  ctx: FetchContext,
  competition: Fetched,
  listing?: DataListing,
): Promise<StoredData> {
  const wanted = listing ?? (await readDataListing(ctx, competition.slug));
  const files =
    (await findStored(ctx, competition.slug, wanted)) ?? (await fetchAlone(ctx, competition, wanted));
  return { listing: wanted, files };
}

/** @returns null where this version is not there, or not all of it */
async function findStored(
  ctx: Pick<Context, 'objects'>,
  slug: string,
  { version }: DataListing,
): Promise<StoredFile[] | null> {
  const key = dataListKey(slug, version);
  if ((await ctx.objects.head(key)) === null) return null;
  const parsed = listSchema.safeParse(parseJson(await readObject(ctx, key)));
  return parsed.success ? parsed.data.files : null;
}

async function fetchAlone(
  ctx: FetchContext,
  competition: Fetched,
  listing: DataListing,
): Promise<StoredFile[]> {
  const { takenBytes } = await readTaken(ctx, competition.slug, listing);
  await requireFit(ctx, competition.slug, listing, takenBytes);
  const slot = await takeSlot(ctx, competition, listing);
  try {
    const stored = await findStored(ctx, competition.slug, listing);
    if (stored !== null) return stored;
    await requirePeace(ctx, competition, listing);
    return await download({ ...ctx, signal: AbortSignal.any([ctx.signal, slot.lost]) }, competition, listing);
  } finally {
    await slot.release();
  }
}

/** @throws Wait */
async function takeSlot(ctx: FetchContext, competition: Fetched, listing: DataListing) {
  const busy = `the data of ${competition.slug} wait until another download is done`;
  return await holdOrWait(ctx, slotName, busy).catch(async (error: unknown) => {
    if (error instanceof Wait) await tellWaiting(ctx, competition, listing);
    throw error;
  });
}

/** @throws Wait while the vendor wants no download, of this competition or of another */
async function requirePeace(ctx: FetchContext, competition: Fetched, listing: DataListing): Promise<void> {
  const { download, pauseSeconds: leftSeconds } = await readDataDownload(ctx.state, competition.id);
  if (leftSeconds <= 0) return;
  if (download?.phase !== 'waiting_for_vendor') await tellWaiting(ctx, competition, listing);
  throw new Wait(
    Math.ceil(leftSeconds * 1_000),
    `Kaggle wants no download for a while, so the data of ${competition.slug} wait`,
  );
}

async function tellWaiting(ctx: FetchContext, { id }: Fetched, listing: DataListing): Promise<void> {
  const { version, totalBytes } = listing;
  await reportDataDownload(ctx.state, {
    competitionId: id,
    version,
    phase: 'waiting_for_slot',
    doneBytes: 0,
    totalBytes,
  });
}

async function download(
  ctx: FetchContext,
  competition: Fetched,
  listing: DataListing,
): Promise<StoredFile[]> {
  const { slug } = competition;
  const { version, totalBytes } = listing;
  const report = createDownloadReport(ctx, { competitionId: competition.id, version });
  const slice = AbortSignal.timeout(sliceMs);
  ctx.log.info({ competition: slug, version, bytes: totalBytes }, 'data download begins');
  const files = await transfer(
    { ...ctx, signal: AbortSignal.any([ctx.signal, slice]) },
    slug,
    listing,
    report,
  )
    .finally(() => report.settle())
    .catch(async (error: unknown) => {
      const isOver = slice.aborted && !ctx.signal.aborted;
      throw isOver
        ? new Wait(1_000, `the download of the data of ${slug} goes on`)
        : await refusedFor(ctx, competition, listing, error);
    });
  const stored = await finish(ctx, competition, listing, files);
  await rm(placeOf(ctx, slug, version), { recursive: true, force: true });
  return stored;
}

async function transfer(ctx: FetchContext, slug: string, listing: DataListing, report: DownloadReport) {
  const { version } = listing;
  const { mostDataBytes } = ctx.policy.discovery;
  const keyOf = (name: string) => dataKey(slug, version, name);
  const { sizes, takenBytes } = await readTaken(ctx, slug, listing);
  return await ctx.kaggle.downloadData(slug, {
    folder: await openPlace(ctx, slug, version),
    signal: ctx.signal,
    maxBytes: mostDataBytes,
    maxUnpackedBytes: mostDataBytes,
    onProgress: report.progress,
    requireSpace: roomWatch(ctx, slug, listing, takenBytes),
    isTaken: ({ name, sizeBytes }) => sizes.get(keyOf(name)) === sizeBytes,
    take: async ({ name }, body) => {
      await ctx.objects.put(keyOf(name), body, { signal: ctx.signal });
    },
  });
}

/** The files are listed last: a list that is there says that all of them are. */
async function finish(
  ctx: FetchContext,
  { id, slug }: Fetched,
  { version }: DataListing,
  unpacked: readonly { name: string; sizeBytes: number }[],
): Promise<StoredFile[]> {
  const files = unpacked.map((file) => ({ ...file, key: dataKey(slug, version, file.name) }));
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  await ctx.objects.put(dataListKey(slug, version), Buffer.from(JSON.stringify({ schema: 1, files })));
  await reportDataDownload(ctx.state, {
    competitionId: id,
    version,
    phase: 'done',
    doneBytes: sizeBytes,
    totalBytes: sizeBytes,
  });
  await clearPeopleAlert(ctx, alertKind);
  ctx.log.info({ competition: slug, version, files: files.length, bytes: sizeBytes }, 'data downloaded');
  return files;
}

/**
 * Kaggle refuses downloads for now: nobody of the installation asks again for a while, and after half an hour people
 * are told. Anything else is what it is.
 */
async function refusedFor(
  ctx: FetchContext,
  { id, slug }: Fetched,
  { version }: DataListing,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof TransientFailure) || error.code !== 'kaggle.busy') return error;
  const { refusedSeconds } = await readDataDownload(ctx.state, id);
  const isLong = refusedSeconds !== null && refusedSeconds >= tellAfterSeconds;
  const leastSeconds = isLong ? longPauseSeconds : pauseSeconds;
  const askedSeconds = Math.min(longestPauseSeconds, (error.retryAfterMs ?? 0) / 1_000);
  const waitSeconds = Math.max(leastSeconds, askedSeconds);
  const { refusedSince } = await noteDownloadRefused(ctx.state, { competitionId: id, version, waitSeconds });
  if (isLong) {
    const since = `${(refusedSince ?? ctx.now()).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    await alertPeople(ctx, {
      kind: alertKind,
      severity: 'warning',
      code: 'kaggle.downloads_refused',
      message: `Kaggle has refused every download since ${since}, so ${slug} waits for its data; the agent asks again every ten minutes and goes on by itself.`,
    });
  }
  return new Wait(waitSeconds * 1_000, `Kaggle refuses downloads for now, so the data of ${slug} wait`);
}

/** The same folder for the same data, after a crash too; what other data of the competition left there goes. */
async function openPlace({ downloads }: FetchContext, slug: string, version: string): Promise<string> {
  const name = `${slug}-${version}`;
  await mkdir(downloads.folder, { recursive: true });
  const ofOthers = new RegExp(`^${slug}-[0-9a-f]{${version.length}}$`);
  for (const found of await readdir(downloads.folder)) {
    if (found !== name && ofOthers.test(found)) {
      await rm(join(downloads.folder, found), { recursive: true, force: true });
    }
  }
  return placeOf({ downloads }, slug, version);
}

function placeOf({ downloads }: Pick<FetchContext, 'downloads'>, slug: string, version: string): string {
  return join(downloads.folder, `${slug}-${version}`);
}

/** What an earlier call has put away: sizes by key, and all of them together. */
async function readTaken(
  { objects }: Pick<FetchContext, 'objects'>,
  slug: string,
  { version }: DataListing,
): Promise<{ sizes: Map<string, number>; takenBytes: number }> {
  const found = await objects.list(`${dataPrefix(slug, version)}/`);
  return {
    sizes: new Map(found.map(({ key, sizeBytes }) => [key, sizeBytes])),
    takenBytes: found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
