import { S3Client } from '@aws-sdk/client-s3';
import type { Secret } from '../../config/secret.ts';

export type S3Keys = { accessKeyId: Secret; secretAccessKey: Secret; sessionToken: Secret | null };

/** Which bucket, and how it is reached. */
export type S3Place = {
  bucket: string;
  region: string;
  /** Null: Amazon's own for the region. */
  endpoint: string | null;
  /** The bucket is named in the path of an address instead of its host name. */
  forcePathStyle: boolean;
  /** Asked for each request, so that changed keys are used at once. Null: what the machine itself may do. */
  credentials: (() => S3Keys) | null;
};

/**
 * The SDK's own retries are the only ones around these calls: no policy of ours is, and only here can one part of a
 * large upload be sent again, since a stream cannot be read twice.
 */
const maxAttempts = 3;
const connectTimeoutMs = 5_000;
/** Nothing comes and nothing goes: a large part on a slow line still moves. */
const silenceTimeoutMs = 60_000;
/** Time for a call that carries no object. */
export const shortCallTimeoutMs = 30_000;

/**
 * A client for one bucket.
 *
 * Checksums are made only where a call of ours asks for them: otherwise the SDK writes that of an empty body into a
 * presigned upload, and servers other than Amazon's refuse some of its newer forms.
 * A clock that is wrong is told (`objects.clock_skew`), not corrected behind our back: deadlines hang on it too.
 */
export function createS3Client(place: S3Place): S3Client {
  const { credentials } = place;
  return new S3Client({
    region: place.region,
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    forcePathStyle: place.forcePathStyle,
    ...(credentials === null ? {} : { credentials: async () => revealed(credentials()) }),
    maxAttempts,
    retryMode: 'standard',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    disableClockSkewCorrection: true,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: silenceTimeoutMs,
      // It warns on the console, which may be somebody's prompt.
      socketAcquisitionWarningTimeout: silenceTimeoutMs,
    },
  });
}

function revealed({ accessKeyId, secretAccessKey, sessionToken }: S3Keys) {
  return {
    accessKeyId: accessKeyId.reveal(),
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken === null ? {} : { sessionToken: sessionToken.reveal() }),
    // Over at once, so the SDK does not keep them: it asks again for the next request.
    expiration: new Date(0),
  };
}

/** The caller's signal, and a limit in time. */
export function shortCall(signal?: AbortSignal): { abortSignal: AbortSignal } {
  const timeout = AbortSignal.timeout(shortCallTimeoutMs);
  return { abortSignal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) };
}
