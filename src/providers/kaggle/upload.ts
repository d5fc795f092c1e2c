import { stat } from 'node:fs/promises';
import { BusinessFailure, TransientFailure } from '../../domain/errors.ts';
import { checkTarget } from '../redirect.ts';
import { askUploadState, type UploadCall, type UploadState, uploadFrom } from '../resumable-upload.ts';
import { type KaggleCalls, vendor } from './calls.ts';
import type { CallOptions, UploadSession } from './contract.ts';

/** For a submission of hundreds of megabytes over a slow line. */
const uploadTimeoutMs = 15 * 60_000;

/**
 * Sends a file into its session, and goes on where a broken connection left off.
 * Source: Kaggle/kaggle-cli `upload_complete`, `_resume_upload`; Kaggle/kagglehub `gcs_upload.py`.
 */
export async function sendFile(
  calls: KaggleCalls,
  session: UploadSession,
  path: string,
  { signal, resume = false }: CallOptions & { resume?: boolean },
): Promise<void> {
  const { fetch, userAgent, now } = calls.options;
  const url = checkTarget(session.url, { vendor, base: new URL(calls.base) });
  const { size } = await stat(path);
  if (size !== session.sizeBytes) {
    throw new BusinessFailure('The file changed after its upload was announced; start the upload again.', {
      code: 'kaggle.file_changed',
    });
  }
  const file = { vendor, fetch, url, file: path, sizeBytes: size, userAgent, now };
  let isFresh = !resume;
  const state = await calls.run(
    { name: 'storage.PUT', idempotent: true, signal, timeoutMs: uploadTimeoutMs },
    async (attemptSignal) => {
      const call = { ...file, signal: attemptSignal };
      const start: UploadState = isFresh ? { status: 'open', receivedBytes: 0 } : await askUploadState(call);
      isFresh = false;
      return await sendRest(call, start);
    },
  );
  if (state.status === 'complete') return;
  throw new TransientFailure('The place where Kaggle takes a file has expired; the upload starts again.', {
    code: 'kaggle.upload_expired',
  });
}

async function sendRest(call: UploadCall, start: UploadState): Promise<UploadState> {
  let state = start;
  while (state.status === 'open') {
    const next = await uploadFrom(call, state.receivedBytes);
    if (next.status === 'open' && next.receivedBytes <= state.receivedBytes) {
      throw new TransientFailure('Kaggle took nothing of a file that was sent.', {
        code: 'kaggle.incomplete',
      });
    }
    state = next;
  }
  return state;
}
