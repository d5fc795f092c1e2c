import { basename, extname } from 'node:path';
import { ApiError, denied, notFound } from '../api-error.ts';
import type { Blob } from '../blobs.ts';
import type { PublicFile } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import { requireCompetition, type Standing } from '../standing.ts';
import { type WireObject, wireTime } from '../wire.ts';
import { type Answer, competitionRequest, json, optionalText, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

export const bucketPath = '/kaggle-competitions-data/kaggle-v2';

const listRequest = competitionRequest.extend(pagingFields);

/** Works without accepted rules, as at the vendor; the download does not. */
export function listDataFiles(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(listRequest, body);
  const { competition } = requireCompetition(ctx, request.competitionName);
  const { page, nextPageToken } = pageOf(competition.files, request);
  const files = page.map(
    (file): WireObject => ({
      ref: file.name,
      name: file.name,
      totalBytes: file.sizeBytes,
      creationDate: wireTime(file.modifiedAt),
    }),
  );
  return json({ files, nextPageToken, childrenFetchTimeMs: 1 });
}

export function getDataFilesSummary(ctx: ArenaContext, body: unknown): Answer {
  const { competitionName } = readRequest(competitionRequest, body);
  const { competition } = requireCompetition(ctx, competitionName);
  const byExtension = Map.groupBy(competition.files, (file) => extname(file.name));
  const fileTypes = Array.from(
    byExtension,
    ([extension, files]): WireObject => ({
      extension,
      fileCount: files.length,
      totalSize: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    }),
  );
  return json({ fileSummaryInfo: { totalFileCount: competition.files.length, fileTypes } });
}

export async function downloadDataFiles(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const { competitionName } = readRequest(competitionRequest, body);
  const { competition } = requireRulesAccepted(requireCompetition(ctx, competitionName));
  if (ctx.behaviour.hasDirectDownloads) return { kind: 'blob', blob: await ctx.blobs.archiveOf(competition) };
  return redirect(ctx, `${bucketPath}/${competition.slug}/bundle/archive.zip`);
}

const fileRequest = competitionRequest.extend({ fileName: optionalText });

export async function downloadDataFile(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const { competitionName, fileName } = readRequest(fileRequest, body);
  const { competition } = requireRulesAccepted(requireCompetition(ctx, competitionName));
  const file = competition.files.find((candidate) => candidate.name === fileName);
  if (file === undefined) throw notFound();
  const storedAs = formOf(ctx, file);
  if (ctx.behaviour.hasDirectDownloads) {
    return { kind: 'blob', blob: await ctx.blobs.fileOf(competition, file, storedAs) };
  }
  const path = file.name.split('/').map(encodeURIComponent).join('/');
  return redirect(ctx, `${bucketPath}/${competition.slug}/files/${path}${storedAs === 'zip' ? '.zip' : ''}`);
}

/** What the storage origin keeps of the competitions' data; null: nothing at this path. */
export async function storedData(ctx: ArenaContext, path: string): Promise<Blob | null> {
  for (const competition of ctx.competitions.values()) {
    const root = `${bucketPath}/${competition.slug}`;
    if (path === `${root}/bundle/archive.zip`) return await ctx.blobs.archiveOf(competition);
    for (const file of competition.files) {
      const storedAs = formOf(ctx, file);
      const name = file.name.split('/').map(encodeURIComponent).join('/');
      if (path === `${root}/files/${name}${storedAs === 'zip' ? '.zip' : ''}`)
        return await ctx.blobs.fileOf(competition, file, storedAs);
    }
  }
  return null;
}

function formOf(ctx: ArenaContext, file: PublicFile): 'plain' | 'zip' {
  return ctx.behaviour.zippedFiles.includes(basename(file.name)) ? 'zip' : 'plain';
}

function redirect(ctx: ArenaContext, path: string): Answer {
  return { kind: 'redirect', location: ctx.signer.sign(ctx.storageUrl(), path) };
}

function requireRulesAccepted(standing: Standing): Standing {
  if (standing.competition.needsVerification) throw denied('competitions.participate');
  if (standing.hasEntered) return standing;
  throw new ApiError(
    403,
    "You must accept this competition's rules before you'll be able to download files.",
  );
}
