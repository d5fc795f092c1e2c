import { z } from 'zod';
import { notFound } from '../api-error.ts';
import type { Blob } from '../blobs.ts';
import type { ArenaContext } from '../context.ts';
import { bestSubmission, ownTeamId, scoredSubmissions } from '../leaderboard.ts';
import { requireEntered } from '../standing.ts';
import { persistedBytes, uploadPath } from '../uploads.ts';
import { wireScore, wireTime } from '../wire.ts';
import { type Answer, json, readRequest } from './method.ts';

const bucketPath = '/kaggle-competitions-submissions';

const downloadRequest = z.object({ ref: z.number().int().default(0) });

/** The file of a submission. What a hidden run of a notebook wrote is nobody's to read. */
export function downloadSubmission(ctx: ArenaContext, body: unknown): Answer {
  const { ref } = readRequest(downloadRequest, body);
  const submission = ctx.account.submission(ref);
  if (submission === null) throw notFound();
  requireEntered(ctx, submission.slug);
  if (submission.uploadId === null) throw notFound();
  const path = `${bucketPath}/${ref}/${encodeURIComponent(submission.fileName)}`;
  return { kind: 'redirect', location: ctx.signer.sign(ctx.storageUrl(), path) };
}

/** What the storage origin keeps of submissions; null: nothing at this path. */
export async function storedSubmission(ctx: ArenaContext, path: string): Promise<Blob | null> {
  const match = new RegExp(`^${bucketPath}/(\\d+)/`).exec(path);
  const submission = match === null ? null : ctx.account.submission(Number(match[1]));
  if (submission === null || submission.uploadId === null) return null;
  const file = uploadPath(ctx.stateFolder, submission.uploadId);
  const sizeBytes = await persistedBytes(file);
  return await ctx.blobs.plain(
    { name: submission.fileName, path: file, sizeBytes, modifiedAt: submission.at },
    'text/csv',
  );
}

const teamRequest = z.object({ teamId: z.number().int().default(0) });

/** The submission that stands on the leaderboard for a team; of the account's own team alone. */
export function listTeamPublicSubmissions(ctx: ArenaContext, body: unknown): Answer {
  const { teamId } = readRequest(teamRequest, body);
  const slug = [...ctx.competitions.keys()].find((name) => ownTeamId(name) === teamId);
  const competition = slug === undefined ? undefined : ctx.competitions.get(slug);
  if (competition === undefined) return json({});
  const best = bestSubmission(competition, scoredSubmissions(ctx, competition.slug));
  if (best === null) return json({});
  const { ref, at, outcome } = best;
  return json({
    submissions: [{ id: ref, dateSubmitted: wireTime(at), publicScore: wireScore(outcome.publicScore) }],
  });
}
