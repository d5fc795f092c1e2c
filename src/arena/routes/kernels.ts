import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { notFound } from '../api-error.ts';
import type { ArenaContext } from '../context.ts';
import type { KernelVersion } from '../notebooks/kernel-events.ts';
import type { Kernel } from '../notebooks/kernel-history.ts';
import { quotaOf } from '../notebooks/quota.ts';
import { sourcePath } from '../notebooks/session-folder.ts';
import { type WireObject, wireTime } from '../wire.ts';
import { kernelRequest, requireKernel } from './kernel-requests.ts';
import { type Answer, json, optionalText, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

/** Of the latest session alone. Just after a push it is not found, and waiting is a default value that is left out. */
export function getKernelSessionStatus(ctx: ArenaContext, body: unknown): Answer {
  const { userName, kernelSlug } = readRequest(kernelRequest, body);
  const { version } = requireKernel(ctx, userName, kernelSlug, 'kernelSessions.get');
  if (!version.isRun) throw notFound();
  const { sessionId } = version;
  const read = ctx.notebooks.countRead(sessionId);
  if (read <= ctx.behaviour.notebookStatusMisses) throw notFound();
  const status = ctx.notebooks.statusOf(sessionId);
  const isFirst = read === ctx.behaviour.notebookStatusMisses + 1;
  const shown = status === 'QUEUED' || (status === 'RUNNING' && isFirst) ? '' : status;
  return json({ status: shown, failureMessage: ctx.account.kernels.end(sessionId)?.failureMessage ?? '' });
}

export async function getKernel(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const { userName, kernelSlug } = readRequest(kernelRequest, body);
  const { kernel, version } = requireKernel(ctx, userName, kernelSlug);
  const source = await readFile(sourcePath(ctx.stateFolder, version.sessionId), 'utf8');
  const { language, kernelType, slug } = version;
  return json({ metadata: metadataOf(ctx, kernel, version), blob: { source, language, kernelType, slug } });
}

const sortings = [
  'HOTNESS',
  'COMMENT_COUNT',
  'DATE_CREATED',
  'DATE_RUN',
  'RELEVANCE',
  'SCORE_ASCENDING',
  'SCORE_DESCENDING',
  'VIEW_COUNT',
  'VOTE_COUNT',
] as const;

const listRequest = z.object({
  competition: optionalText,
  dataset: optionalText,
  parentKernel: optionalText,
  group: z.enum(['EVERYONE', 'PROFILE', 'UPVOTED', 'COLLABORATION', 'FORK', 'BOOKMARKED']).nullish(),
  kernelType: z.enum(['all', 'script', 'notebook']).nullish(),
  language: z.enum(['all', 'python', 'r', 'sqlite', 'julia']).nullish(),
  outputType: z.enum(['all', 'visualization', 'data']).nullish(),
  search: optionalText,
  sortBy: z.enum(sortings).nullish(),
  user: optionalText,
  ...pagingFields,
});

const maxListed = 100;

/** The account's own notebooks are all that there are. */
export function listKernels(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(listRequest, body);
  const own = ctx.credentials.username;
  const isAsked = (kernel: Kernel): boolean =>
    (request.user === '' || request.user === own) &&
    (request.competition === '' || kernel.latest.competitions.includes(request.competition)) &&
    request.dataset === '' &&
    request.parentKernel === '' &&
    ['all', kernel.latest.kernelType].includes(request.kernelType ?? 'all') &&
    ['all', kernel.latest.language].includes(request.language ?? 'all') &&
    `${kernel.title} ${kernel.slug}`.toLowerCase().includes(request.search.toLowerCase());
  // Private notebooks are listed to their owner alone, who says so.
  const mayBePrivate = request.group === 'PROFILE' || request.user === own;
  const kernels = ctx.account.kernels
    .all()
    .filter((kernel) => isAsked(kernel) && (mayBePrivate || !kernel.latest.isPrivate))
    .sort((a, b) => b.latest.at.getTime() - a.latest.at.getTime() || b.kernelId - a.kernelId);
  const pageSize = Math.min(request.pageSize ?? 0, maxListed);
  const { page, nextPageToken } = pageOf(kernels, { ...request, pageSize });
  return json({ kernels: page.map((kernel) => metadataOf(ctx, kernel, kernel.latest)), nextPageToken });
}

function metadataOf(ctx: ArenaContext, kernel: Kernel, version: KernelVersion): WireObject {
  const { username } = ctx.credentials;
  return {
    id: kernel.kernelId,
    ref: `${username}/${kernel.slug}`,
    title: kernel.title,
    author: ctx.teamName,
    slug: kernel.slug,
    lastRunTime: wireTime(kernel.latest.at),
    language: version.language,
    kernelType: version.kernelType,
    isPrivate: version.isPrivate,
    enableGpu: version.accelerator === 'gpu',
    enableTpu: version.accelerator === 'tpu',
    enableInternet: version.hasInternet,
    categoryIds: version.categoryIds,
    competitionDataSources: version.competitions,
    kernelDataSources: version.kernels.map((slug) => `${username}/${slug}`),
    currentVersionNumber: kernel.latest.version,
    dockerImage: version.dockerImage,
    machineShape: version.machineShape,
  };
}

export function deleteKernel(ctx: ArenaContext, body: unknown): Answer {
  const { userName, kernelSlug } = readRequest(kernelRequest, body);
  const { kernel } = requireKernel(ctx, userName, kernelSlug, 'kernels.delete');
  for (const version of kernel.versions) if (version.isRun) ctx.notebooks.cancel(version);
  ctx.account.record({ type: 'kernel_deleted', at: ctx.now(), kernelId: kernel.kernelId });
  return json({});
}

const cancelRequest = z.object({ kernelSessionId: z.number().int().default(0) });

export function cancelKernelSession(ctx: ArenaContext, body: unknown): Answer {
  const { kernelSessionId } = readRequest(cancelRequest, body);
  const version = ctx.account.kernels.version(kernelSessionId);
  if (version === null || !version.isRun) return json({ errorMessage: 'The session was not found.' });
  const isRunning = ctx.notebooks.cancel(version);
  return json({ errorMessage: isRunning ? '' : 'The session has ended already.' });
}

export function getAcceleratorQuota(ctx: ArenaContext): Answer {
  const gpu = quotaOf(ctx, 'gpu');
  return json({
    quotaRefreshTime: wireTime(gpu.refreshAt),
    gpuQuota: wireQuota(gpu),
    tpuQuota: wireQuota(quotaOf(ctx, 'tpu')),
  });
}

function wireQuota(quota: ReturnType<typeof quotaOf>): WireObject {
  return {
    timeUsed: wireDuration(quota.usedSeconds),
    timeReserved: wireDuration(quota.reservedSeconds),
    totalTimeAllowed: wireDuration(quota.allowedSeconds),
  };
}

/** `108000s`, or `71094.4s` where it is no whole number. */
function wireDuration(seconds: number): string {
  return `${Number(seconds.toFixed(1))}s`;
}
