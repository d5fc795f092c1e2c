import { stat } from 'node:fs/promises';
import type { z } from 'zod';
import { type KaggleCalls, refusalDetails } from './calls.ts';
import type { KaggleClient, KaggleSubmission, SubmissionLimits } from './contract.ts';
import { createSubmission } from './create-submission.ts';
import { allPages } from './paging.ts';
import { nextMidnightUtc, type Refusals } from './refusals.ts';
import { limitsSchema, submissionListSchema, type submissionSchema, uploadStartSchema } from './schemas.ts';
import { sendFile } from './upload.ts';

const pageSize = 50;
const dayMs = 86_400_000;

type SubmissionCalls = Pick<
  KaggleClient,
  | 'startUpload'
  | 'uploadFile'
  | 'createSubmission'
  | 'submissionLimits'
  | 'listSubmissions'
  | 'findSubmissionByDescription'
>;

/** Source: Kaggle/kagglesdk `ApiStartSubmissionUploadRequest`, `ApiListSubmissionsRequest`. */
export function createSubmissionCalls(
  calls: KaggleCalls,
  refusals: Refusals,
  findCompetition: KaggleClient['findCompetition'],
): SubmissionCalls {
  const listSubmissions: KaggleClient['listSubmissions'] = (slug, { signal, group = 'all' }) =>
    refusals.about(slug, signal, () => listAll(calls, slug, group, signal));

  return {
    listSubmissions,
    async submissionLimits(slug, options) {
      try {
        return await askLimits(calls, slug, options.signal);
      } catch (error) {
        const status = refusalDetails(error)?.status ?? 0;
        if (status !== 404 && status !== 501) throw await refusals.explain(slug, error, options.signal);
      }
      // A server that does not know the method yet.
      const competition = await findCompetition(slug, options);
      const submissions = await listSubmissions(slug, options);
      return countLimits(submissions, competition?.maxDailySubmissions ?? null, calls.options.now());
    },
    startUpload: (slug, file, { signal }) =>
      refusals.about(slug, signal, () => startUpload(calls, slug, file, signal)),
    uploadFile: (session, path, options) => sendFile(calls, session, path, options),
    createSubmission: (slug, submission, { signal }) =>
      createSubmission(calls, refusals, slug, submission, signal),
    async findSubmissionByDescription(slug, key, options) {
      const [first, ...rest] = (await listSubmissions(slug, options))
        .filter(({ description }) => description.trim() === key || description.split(/\s+/).includes(key))
        .sort((a, b) => a.ref - b.ref);
      return first === undefined ? null : { ...first, duplicateRefs: rest.map(({ ref }) => ref) };
    },
  };
}

async function listAll(
  calls: KaggleCalls,
  slug: string,
  group: 'all' | 'selected',
  signal: AbortSignal,
): Promise<KaggleSubmission[]> {
  const raw = await allPages(async (pageToken) => {
    const body = {
      competitionName: slug,
      pageSize,
      // The default is left out on the wire.
      ...(group === 'selected' ? { group: 'SUBMISSION_GROUP_SELECTED' } : {}),
      ...(pageToken === null ? {} : { pageToken }),
    };
    const answer = await calls.rpc({
      method: 'ListSubmissions',
      body,
      response: submissionListSchema,
      signal,
    });
    return { items: answer.submissions, nextPageToken: answer.nextPageToken };
  });
  return raw.map(toSubmission);
}

async function askLimits(calls: KaggleCalls, slug: string, signal: AbortSignal): Promise<SubmissionLimits> {
  const body = { competitionName: slug };
  const limits = await calls.rpc({ method: 'GetSubmissionLimits', body, response: limitsSchema, signal });
  return {
    remainingToday: limits.numAllowedNow,
    usedToday: limits.numToday,
    usedInAll: limits.numTotal,
    isLimitedInAll: limits.limitedByTotal,
    resetsAt: nextMidnightUtc(calls.options.now()),
  };
}

/** What is left of the day, counted from our own submissions of this UTC day. */
function countLimits(
  submissions: readonly KaggleSubmission[],
  daily: number | null,
  now: Date,
): SubmissionLimits {
  const resetsAt = nextMidnightUtc(now);
  const startMs = resetsAt.getTime() - dayMs;
  // A submission that Kaggle could not score does not count.
  const usedToday = submissions.filter(
    ({ status, submittedAt }) => status !== 'error' && (submittedAt?.getTime() ?? 0) >= startMs,
  ).length;
  return {
    usedToday,
    // Where nobody says how many, Kaggle itself answers the next one.
    remainingToday: daily === null ? 1 : Math.max(0, daily - usedToday),
    usedInAll: null,
    isLimitedInAll: false,
    resetsAt,
  };
}

async function startUpload(
  calls: KaggleCalls,
  slug: string,
  file: { path: string; fileName: string },
  signal: AbortSignal,
) {
  const { size, mtimeMs } = await stat(file.path);
  const body = {
    competitionName: slug,
    contentLength: size,
    lastModifiedEpochSeconds: Math.floor(mtimeMs / 1_000),
    fileName: file.fileName,
  };
  const method = 'StartSubmissionUpload';
  const session = await calls.rpc({ method, body, response: uploadStartSchema, signal });
  return { token: session.token, url: session.createUrl, fileName: file.fileName, sizeBytes: size };
}

const statusNames = new Map<string, KaggleSubmission['status']>([
  // Left out while it is the default, which is pending.
  ['', 'pending'],
  ['0', 'pending'],
  ['PENDING', 'pending'],
  ['1', 'complete'],
  ['COMPLETE', 'complete'],
  ['2', 'error'],
  ['ERROR', 'error'],
]);

function toSubmission(raw: z.output<typeof submissionSchema>): KaggleSubmission {
  return {
    ref: raw.ref,
    status: statusNames.get(raw.status) ?? 'unknown',
    submittedAt: raw.date,
    description: raw.description,
    fileName: raw.fileName,
    publicScore: raw.publicScore,
    privateScore: raw.privateScore,
    errorDescription: raw.errorDescription,
    teamName: raw.teamName,
    submittedBy: raw.submittedByRef ?? raw.submittedBy,
  };
}
