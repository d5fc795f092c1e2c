import { z } from 'zod';
import { ApiError, denied, refusedSubmission } from '../api-error.ts';
import type { ArenaContext } from '../context.ts';
import type { KernelVersion } from '../notebooks/kernel-events.ts';
import { requireEntered, type Standing, standingOf } from '../standing.ts';
import { filesOf } from './kernel-output.ts';
import { requireKernel } from './kernel-requests.ts';
import { type Answer, competitionRequest, json, optionalText, readRequest } from './method.ts';
import { requireAllowance, requireOpen } from './submissions.ts';

const createRequest = competitionRequest.extend({
  kernelOwner: optionalText,
  kernelSlug: optionalText,
  kernelVersion: z.number().int().nullish(),
  fileName: optionalText,
  submissionDescription: optionalText,
});

const minuteMs = 60_000;

/** Takes a notebook's version, which then runs again on the hidden test set; its score comes when that has ended. */
export async function createCodeSubmission(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const request = readRequest(createRequest, body);
  const standing = requireEntered(ctx, request.competitionName);
  const { submissionDescription: description, kernelVersion, fileName } = request;
  if ([...ctx.behaviour.forbiddenInDescription].some((sign) => description.includes(sign))) {
    throw new ApiError(400, 'Bad Request', { shape: 'empty' });
  }
  const number = kernelVersion ?? 0;
  const slug = number > 0 ? `${request.kernelSlug}/${number}` : request.kernelSlug;
  const { version } = requireKernel(ctx, request.kernelOwner, slug, 'kernelSessions.get');
  if (!version.isRun) throw denied('kernelSessions.get');
  const files = await filesOf(ctx, version);

  const { competition } = standing;
  const current = standingOf(ctx, competition);
  requireOpen(current);
  requireFinished(
    ctx,
    version,
    files.some(({ name }) => name === fileName),
  );
  requireWithinCaps(ctx, current, version);
  requireAllowance(ctx, current);
  const ref = ctx.account.nextRef();
  const { sessionId } = version;
  ctx.account.record({
    type: 'code_submission_created',
    at: ctx.now(),
    ref,
    slug: competition.slug,
    sessionId,
    fileName,
    description,
  });
  const created = ctx.account.submission(ref);
  if (created !== null) ctx.notebooks.rerun(created);
  ctx.log.info({ slug: competition.slug, ref, sessionId }, 'arena code submission created');
  return json({ message: `Successfully submitted to ${competition.title}`, ref });
}

function requireFinished(ctx: ArenaContext, { sessionId }: KernelVersion, hasFile: boolean): void {
  const end = ctx.account.kernels.end(sessionId);
  if (end === null) {
    throw refusedSubmission('Notebook is still running. Did not find provided Notebook Output File.');
  }
  if (!hasFile || end.status !== 'COMPLETE') {
    throw refusedSubmission('Did not find provided Notebook Output File.');
  }
}

function requireWithinCaps(ctx: ArenaContext, { competition }: Standing, version: KernelVersion): void {
  const { cpuMinutes, gpuMinutes, allowsInternet } = competition.notebooks;
  const end = ctx.account.kernels.end(version.sessionId);
  const runMs = end === null ? 0 : end.endedAt.getTime() - end.startedAt.getTime();
  const [kind, cap] = version.accelerator === 'none' ? ['CPU', cpuMinutes] : ['GPU', gpuMinutes];
  const minutes = Math.ceil(runMs / minuteMs);
  if (cap !== null && minutes > cap) {
    throw refusedSubmission(
      `Your Notebook's runtime of ${minutes} minutes exceeds this competition's ${kind} max of ${cap} minutes.`,
    );
  }
  if (version.hasInternet && competition.isKernelsOnly && !allowsInternet) {
    throw refusedSubmission('Your Notebook must not use the internet in this competition.');
  }
}
