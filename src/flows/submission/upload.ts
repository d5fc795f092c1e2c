import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import {
  clearSubmissionUpload,
  completeSubmissionUpload,
  readSubmissionUpload,
  type StoredUpload,
  storeSubmissionUpload,
} from '../../state/submission-uploads.ts';
import type { Submission } from '../../state/submissions.ts';
import { Wait } from '../support/wait.ts';

/** Sessions live a week. Source: Kaggle/kaggle-cli, which counts on six days */
const sessionLifeSeconds = 6 * 24 * 3600;
/** Places that expired or forgot our file, one after the other, before it is a failure. */
const mostPlaces = 3;

/** `isKnown`: it was there before, so that an earlier call may have spent the token. */
export type Brought = { token: string; isKnown: boolean };

/**
 * Brings the file to the vendor, or finds it there. The place is kept with the submission, so that another process
 * goes on where this one ended.
 * @throws BusinessFailure `kaggle.*`; TransientFailure; Wait where the submission was sent meanwhile
 */
export async function bringFile(ctx: Context, slug: string, submission: Submission): Promise<Brought> {
  const known = await readSubmissionUpload(ctx.state, submission.id);
  if (known !== null && known.completedAt !== null) return { token: known.token, isKnown: true };
  await mkdir(ctx.scratchFolder, { recursive: true });
  const path = join(ctx.scratchFolder, `${submission.key}-${randomUUID()}.csv`);
  try {
    await pipeline(await ctx.objects.get(submission.objectKey), createWriteStream(path, { mode: 0o600 }), {
      signal: ctx.signal,
    });
    return { token: await fillPlace(ctx, slug, submission, known, path), isKnown: false };
  } finally {
    await rm(path, { force: true });
  }
}

async function fillPlace(
  ctx: Context,
  slug: string,
  submission: Submission,
  known: StoredUpload | null,
  path: string,
): Promise<string> {
  let place = known;
  for (let tries = 1; ; tries += 1) {
    const isFresh = place === null;
    place ??= await openPlace(ctx, slug, submission, path);
    if (place.url === null) return place.token;
    const session = {
      token: place.token,
      url: place.url,
      fileName: place.fileName,
      sizeBytes: place.sizeBytes,
    };
    try {
      await ctx.kaggle.uploadFile(session, path, { signal: ctx.signal, resume: !isFresh });
      await completeSubmissionUpload(ctx.state, submission.id, place.token);
      return place.token;
    } catch (error) {
      const { code } = asFailure(error);
      const isGone = code === 'kaggle.upload_expired' || code === 'kaggle.file_changed';
      if (!isGone || tries >= mostPlaces) throw error;
      ctx.log.info({ key: submission.key, code }, 'the upload is begun again');
      await clearSubmissionUpload(ctx.state, submission.id, place.token);
      place = null;
    }
  }
}

/** A new place; another worker's, where one was faster. @throws Wait where it was sent meanwhile */
async function openPlace(
  ctx: Context,
  slug: string,
  submission: Submission,
  path: string,
): Promise<StoredUpload> {
  // The file's name is a second trace of the key, beside the description.
  const fileName = `${submission.key}.csv`;
  const session = await ctx.kaggle.startUpload(slug, { path, fileName }, { signal: ctx.signal });
  const { token, url, sizeBytes } = session;
  const stored = await storeSubmissionUpload(ctx.state, {
    id: submission.id,
    token,
    url,
    fileName,
    sizeBytes,
    lifeSeconds: sessionLifeSeconds,
  });
  if (stored === null) throw new Wait(100, 'sent by another worker');
  return stored;
}
