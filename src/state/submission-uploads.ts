import { z } from 'zod';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const uploadRow = row({
  submissionId: z.uuid(),
  token: z.string(),
  /** Lets anybody who has it upload; null once the file is there. */
  url: z.string().nullable(),
  fileName: z.string(),
  sizeBytes: z.number().int(),
  expiresAt: timestamp,
  completedAt: timestamp.nullable(),
});
export type StoredUpload = z.output<typeof uploadRow>;

/** The place where the file of a submission goes or went; null without one that is still good. */
export function readSubmissionUpload(state: StatePort, id: string): Promise<StoredUpload | null> {
  return state.call('read_submission_upload', { p_id: id }, uploadRow.nullable());
}

/** Kept for whoever goes on with it. @returns null when the submission was sent, or is settled */
export function storeSubmissionUpload(
  state: StatePort,
  input: {
    id: string;
    token: string;
    url: string;
    fileName: string;
    sizeBytes: number;
    lifeSeconds: number;
  },
): Promise<StoredUpload | null> {
  return state.call(
    'store_submission_upload',
    {
      p_id: input.id,
      p_token: input.token,
      p_url: input.url,
      p_file_name: input.fileName,
      p_size_bytes: input.sizeBytes,
      p_life_seconds: input.lifeSeconds,
    },
    uploadRow.nullable(),
  );
}

/** The file is there; its address is forgotten. */
export async function completeSubmissionUpload(state: StatePort, id: string, token: string): Promise<void> {
  await state.call('complete_submission_upload', { p_id: id, p_token: token }, uploadRow.nullable());
}

/** The place takes nothing any more. */
export async function clearSubmissionUpload(state: StatePort, id: string, token: string): Promise<void> {
  await state.call('clear_submission_upload', { p_id: id, p_token: token }, z.unknown());
}
