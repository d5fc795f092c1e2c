import { z } from 'zod';
import { notFound } from '../api-error.ts';
import type { Blob } from '../blobs.ts';
import type { PublicFile } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import type { KernelVersion } from '../notebooks/kernel-events.ts';
import { outputFiles, readLog } from '../notebooks/notebook-folder.ts';
import { sessionRoot } from '../notebooks/session-folder.ts';
import type { WireObject } from '../wire.ts';
import { kernelRequest, requireKernel } from './kernel-requests.ts';
import { type Answer, json, optionalText, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

const bucketPath = '/kaggle-script-versions';

const listRequest = kernelRequest.extend(pagingFields);

/** Files of the latest session behind signed links, and its log: a list of entries, in JSON, as a text. */
export async function listSessionOutput(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const request = readRequest(listRequest, body);
  const { version } = requireKernel(ctx, request.userName, request.kernelSlug, 'kernelSessions.get');
  const { page, nextPageToken } = pageOf(await filesOf(ctx, version), request);
  const files = page.map(
    (file): WireObject => ({ fileName: file.name, url: linkTo(ctx, version, file.name) }),
  );
  const isFirstPage = (request.pageToken ?? '') === '';
  return json({ files, log: isFirstPage ? await logOf(ctx, version) : '', nextPageToken });
}

export async function listKernelFiles(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const request = readRequest(listRequest, body);
  const { version } = requireKernel(ctx, request.userName, request.kernelSlug);
  const { page, nextPageToken } = pageOf(await filesOf(ctx, version), request);
  const files = page.map(
    (file): WireObject => ({
      name: file.name,
      size: file.sizeBytes,
      creationDate: file.modifiedAt.toUTCString(),
    }),
  );
  return json({ files, nextPageToken });
}

const downloadRequest = z.object({
  ownerSlug: optionalText,
  kernelSlug: optionalText,
  filePath: optionalText,
  versionNumber: z.number().int().nullish(),
});

/** One file of a version's output, or all of them as an archive. */
export async function downloadKernelOutput(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const { ownerSlug, kernelSlug, filePath, versionNumber } = readRequest(downloadRequest, body);
  const wanted = versionNumber ?? 0;
  const slug = wanted > 0 ? `${kernelSlug}/${wanted}` : kernelSlug;
  const { version } = requireKernel(ctx, ownerSlug, slug, 'kernelSessions.get');
  const files = await filesOf(ctx, version);
  if (files.length === 0 || (filePath !== '' && !files.some(({ name }) => name === filePath)))
    throw notFound();
  const path = filePath === '' ? `${bucketPath}/${version.sessionId}/archive.zip` : null;
  const location = path === null ? linkTo(ctx, version, filePath) : ctx.signer.sign(ctx.storageUrl(), path);
  return { kind: 'redirect', location };
}

/** What the storage origin keeps of notebooks; null: nothing at this path. */
export async function storedOutput(ctx: ArenaContext, path: string): Promise<Blob | null> {
  const match = new RegExp(`^${bucketPath}/(\\d+)/(archive\\.zip$|output/(.+)$)`).exec(path);
  const version = match === null ? null : ctx.account.kernels.version(Number(match[1]));
  if (match === null || version === null) return null;
  const files = await filesOf(ctx, version);
  if (match[3] === undefined) return await ctx.blobs.zipOf(`session-${version.sessionId}`, files);
  const file = files.find(({ name }) => encoded(name) === match[3]);
  return file === undefined ? null : await ctx.blobs.plain(file, 'application/octet-stream');
}

/** The log as JSON: of an ended session what was kept, of a running one what it said so far. */
export async function logOf(ctx: ArenaContext, { sessionId }: KernelVersion): Promise<string> {
  const live = ctx.notebooks.live(sessionId);
  if (live !== null) return JSON.stringify(live.log);
  return await readLog(sessionRoot(ctx.stateFolder, sessionId));
}

/** Nothing can be had of a session before its end. */
export async function filesOf(ctx: ArenaContext, { sessionId }: KernelVersion): Promise<PublicFile[]> {
  if (ctx.account.kernels.end(sessionId) === null) return [];
  return await outputFiles(sessionRoot(ctx.stateFolder, sessionId));
}

function linkTo(ctx: ArenaContext, { sessionId }: KernelVersion, name: string): string {
  return ctx.signer.sign(ctx.storageUrl(), `${bucketPath}/${sessionId}/output/${encoded(name)}`);
}

function encoded(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
