import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Submission, Upload } from '../account.ts';
import { ApiError, invalid, notFound, refusedSubmission } from '../api-error.ts';
import type { Competition } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import { scoreSubmission } from '../scoring.ts';
import { requireEntered, type Standing, standingOf } from '../standing.ts';
import { uploadPath } from '../uploads.ts';
import { type WireObject, wireScore, wireTime } from '../wire.ts';
import { type Answer, competitionRequest, json, optionalText, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

export const uploadRoute = '/upload/storage/v1/b/kaggle-competitions-submissions/o';

const dayMs = 24 * 3600 * 1000;

/** Sorts what has no score behind everything that has; finite, so that differences stay numbers. */
const unscored = -Number.MAX_VALUE / 2;

const startRequest = competitionRequest.extend({
  fileName: z.string().min(1).max(255),
  contentLength: z.number().int().nonnegative().default(0),
  lastModifiedEpochSeconds: z.number().int().nonnegative().default(0),
});

export function startSubmissionUpload(ctx: ArenaContext, body: unknown): Answer {
  const { competitionName, fileName, contentLength } = readRequest(startRequest, body);
  const { competition } = requireEntered(ctx, competitionName);
  if (contentLength > ctx.behaviour.maxUploadBytes) throw invalid('The file is too large.');
  const uploadId = randomBytes(24).toString('base64url');
  const token = `arena-blob-${randomBytes(24).toString('base64url')}`;
  ctx.account.record({
    type: 'upload_started',
    at: ctx.now(),
    uploadId,
    token,
    slug: competition.slug,
    fileName,
    contentLength,
  });
  const query = new URLSearchParams({ uploadType: 'resumable', upload_id: uploadId });
  return json({ token, createUrl: `${ctx.storageUrl()}${uploadRoute}?${query}` });
}

const createRequest = competitionRequest.extend({
  /** One token, and a text: not a list. */
  blobFileTokens: z.string().min(1),
  submissionDescription: optionalText,
});

/** Nothing between the last check and the journal's entry waits, so two calls cannot both take the last place. */
export async function createSubmission(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const { competitionName, blobFileTokens, submissionDescription } = readRequest(createRequest, body);
  const standing = requireEntered(ctx, competitionName);
  if ([...ctx.behaviour.forbiddenInDescription].some((sign) => submissionDescription.includes(sign))) {
    throw new ApiError(400, 'Bad Request', { shape: 'empty' });
  }
  const upload = requireAllowed(ctx, standing, blobFileTokens);
  const bytes = await readFile(uploadPath(ctx.stateFolder, upload.uploadId));
  const outcome = scoreSubmission(standing.competition, bytes);

  requireAllowed(ctx, standingOf(ctx, standing.competition), blobFileTokens);
  const ref = ctx.account.nextRef();
  const { slug, title } = standing.competition;
  ctx.account.record({
    type: 'submission_created',
    at: ctx.now(),
    ref,
    slug,
    uploadId: upload.uploadId,
    description: submissionDescription,
    outcome,
  });
  ctx.log.info({ slug, ref }, 'arena submission created');
  return json({ message: `Successfully submitted to ${title}`, ref });
}

/** @throws ApiError 400 with the rule that says no; a refusal uses up no allowance */
function requireAllowed(ctx: ArenaContext, standing: Standing, token: string): Upload {
  const { competition } = standing;
  if (competition.isKernelsOnly)
    throw refusedSubmission('This competition only accepts Submissions from Notebooks.');
  requireOpen(standing);
  const upload = ctx.account.uploadOfToken(token);
  if (upload === null || upload.slug !== competition.slug) throw invalid('Invalid blob token.');
  if (!upload.isComplete) throw invalid('The upload of the blob is not complete.');
  if (upload.usedBy !== null) throw invalid('The blob token was used already.');
  requireAllowance(ctx, standing);
  return upload;
}

/** @throws ApiError 400 */
export function requireOpen({ takesSubmissions }: Standing): void {
  if (takesSubmissions) return;
  throw refusedSubmission('Submissions have been disabled for this competition.');
}

/** @throws ApiError 400 when the team has handed in as often as it may today */
export function requireAllowance(ctx: ArenaContext, { competition }: Standing): void {
  const { numAllowedNow, limitedByTotal } = limitsOf(ctx, competition);
  if (numAllowedNow > 0) return;
  if (limitedByTotal) {
    const total = competition.totalSubmissions ?? 0;
    throw refusedSubmission(`Your team has used all of its ${total} Submissions in this competition.`);
  }
  const hours = (dayMs - (ctx.now().getTime() % dayMs)) / (dayMs / 24);
  throw refusedSubmission(
    `Your team has used its daily Submission allowance (${competition.dailySubmissions}) today, please try again tomorrow UTC (${hours.toFixed(1)} hours from now).`,
  );
}

export function getSubmissionLimits(ctx: ArenaContext, body: unknown): Answer {
  if (!ctx.behaviour.hasSubmissionLimits) throw notFound();
  const { competitionName } = readRequest(competitionRequest, body);
  const { competition } = requireEntered(ctx, competitionName);
  return json(limitsOf(ctx, competition));
}

/** Counted per UTC day, and in all. A submission that turned out faulty gives its place back. */
function limitsOf(ctx: ArenaContext, { slug, dailySubmissions, totalSubmissions }: Competition) {
  const today = Math.floor(ctx.now().getTime() / dayMs);
  const counting = ctx.account
    .submissionsOf(slug)
    .filter((submission) => !(submission.isSettled && submission.outcome?.status === 'ERROR'));
  const numToday = counting.filter(({ at }) => Math.floor(at.getTime() / dayMs) === today).length;
  const numTotal = counting.length;
  const leftToday = Math.max(dailySubmissions - numToday, 0);
  const leftInAll = Math.max((totalSubmissions ?? Number.POSITIVE_INFINITY) - numTotal, 0);
  const numAllowedNow = Math.min(leftToday, leftInAll);
  return { numToday, numTotal, numAllowedNow, limitedByTotal: leftInAll < leftToday };
}

const listRequest = competitionRequest.extend({
  sortBy: z
    .enum(['DATE', 'NAME', 'PRIVATE_SCORE', 'PUBLIC_SCORE'].map((name) => `SUBMISSION_SORT_BY_${name}`))
    .nullish(),
  group: z.enum(['ALL', 'SUCCESSFUL', 'SELECTED'].map((name) => `SUBMISSION_GROUP_${name}`)).nullish(),
  ...pagingFields,
});

export function listSubmissions(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(listRequest, body);
  const standing = requireEntered(ctx, request.competitionName);
  const { slug, direction } = standing.competition;
  const sign = direction === 'maximize' ? 1 : -1;
  const scoreOf = ({ outcome, isSettled }: Submission, part: 'publicScore' | 'privateScore'): number =>
    isSettled && outcome?.status === 'COMPLETE' ? sign * (outcome[part] ?? unscored * sign) : unscored;
  const newestFirst = ctx.account.submissionsOf(slug).reverse();
  const chosen = newestFirst.filter((submission) => {
    if (request.group === 'SUBMISSION_GROUP_SELECTED') return submission.isSelected;
    return (
      request.group !== 'SUBMISSION_GROUP_SUCCESSFUL' ||
      (submission.isSettled && submission.outcome?.status === 'COMPLETE')
    );
  });
  if (request.sortBy === 'SUBMISSION_SORT_BY_NAME') chosen.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  if (request.sortBy === 'SUBMISSION_SORT_BY_PUBLIC_SCORE') {
    chosen.sort((a, b) => scoreOf(b, 'publicScore') - scoreOf(a, 'publicScore'));
  }
  if (request.sortBy === 'SUBMISSION_SORT_BY_PRIVATE_SCORE' && standing.showsPrivate) {
    chosen.sort((a, b) => scoreOf(b, 'privateScore') - scoreOf(a, 'privateScore'));
  }
  const { page, nextPageToken } = pageOf(chosen, request);
  return json({ submissions: page.map((submission) => show(ctx, standing, submission)), nextPageToken });
}

const getRequest = z.object({ ref: z.number().int().default(0) });

export function getSubmission(ctx: ArenaContext, body: unknown): Answer {
  const { ref } = readRequest(getRequest, body);
  const submission = ctx.account.submission(ref);
  if (submission === null) throw notFound();
  return json(show(ctx, requireEntered(ctx, submission.slug), submission));
}

/** ApiSubmission. Each read of a fresh one counts as a poll; after enough of them its outcome shows. */
function show(ctx: ArenaContext, { showsPrivate }: Standing, submission: Submission): WireObject {
  if (!submission.isSettled) {
    if (submission.polls >= ctx.behaviour.pendingPolls) settle(ctx, submission);
    else submission.polls += 1;
  }
  const { ref, outcome, isSettled } = submission;
  const shown = isSettled ? outcome : null;
  const scored = shown?.status === 'COMPLETE' ? shown : null;
  return {
    ref,
    date: wireTime(submission.at),
    // "pending" is the default value: half of the answers leave it out, as the vendor may.
    status: shown?.status ?? (ref % 2 === 0 ? 'PENDING' : ''),
    publicScore: wireScore(scored?.publicScore ?? null),
    privateScore: showsPrivate ? wireScore(scored?.privateScore ?? null) : '',
    errorDescription: shown?.status === 'ERROR' ? shown.errorDescription : '',
    description: submission.description,
    fileName: submission.fileName,
    totalBytes: submission.sizeBytes,
    url: `https://www.kaggle.com/submissions/${ref}/${ref}.raw`,
    teamName: ctx.teamName,
    submittedBy: ctx.credentials.username,
    submittedByRef: ctx.credentials.username,
  };
}

/** Makes the outcome visible, for good, once there is one. */
export function settle(ctx: ArenaContext, { ref, isSettled, outcome }: Submission): void {
  if (!isSettled && outcome !== null) ctx.account.record({ type: 'submission_settled', at: ctx.now(), ref });
}
