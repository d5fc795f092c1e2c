import { z } from 'zod';
import {
  asFailure,
  BusinessFailure,
  ConfigurationFailure,
  Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import { codeOf } from './missing-file.ts';
import type { S3Place } from './s3-client.ts';

/** What the SDK's errors carry. Source: `S3ServiceException`; the rest is the XML of the answer. */
const answerSchema = z.object({
  name: z.string(),
  Region: z.string().optional(),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional(),
  $response: z.object({ headers: z.record(z.string(), z.unknown()) }).optional(),
});
type Answer = z.output<typeof answerSchema>;

type Told = (facts: { place: S3Place; answer: Answer; cause: unknown }) => Failure;

const setting = (code: string, sentence: (place: S3Place, answer: Answer) => string): Told => {
  return ({ place, answer, cause }) =>
    new ConfigurationFailure(sentence(place, answer), { code, cause, details: detailsOf(answer) });
};

const wrongRegion = setting('objects.wrong_region', ({ bucket, region }, answer) => {
  const right = answer.Region ?? header(answer, 'x-amz-bucket-region');
  return right === null || right === region
    ? `The bucket ${bucket} does not lie in the region ${region}. Set S3_REGION to the one that it lies in.`
    : `The bucket ${bucket} does not lie in the region ${region}. Set S3_REGION=${right}.`;
});
const noBucket = setting(
  'objects.no_bucket',
  (place) =>
    `There is no bucket ${place.bucket} ${whereOf(place)}. Set S3_BUCKET to one that exists, or make it: kaggle-agent setup storage`,
);
const takenBucket = setting(
  'objects.bucket_taken',
  ({ bucket }) => `The bucket ${bucket} belongs to somebody else. Set S3_BUCKET to another name.`,
);
const unknownKey = setting(
  'objects.unknown_key',
  (place) => `The access key of AWS_ACCESS_KEY_ID is not known ${whereOf(place)}. Set one that is.`,
);
const wrongSecret = setting(
  'objects.wrong_secret',
  (place) =>
    `The signature was refused ${whereOf(place)}. Set AWS_SECRET_ACCESS_KEY to the secret key that belongs to AWS_ACCESS_KEY_ID.`,
);
const clockSkew = setting(
  'objects.clock_skew',
  (place) =>
    `The clock of this machine is more than 15 minutes off the one ${whereOf(place)}, which refuses what is signed by it. Set the clock of this machine.`,
);
const oldToken = setting(
  'objects.token_expired',
  () =>
    'The session token has ended or is not valid. Set AWS_SESSION_TOKEN anew, together with the AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY that came with it.',
);
const denied = setting(
  'objects.denied',
  (place) =>
    `The access key may not do this with the bucket ${place.bucket}. Give it the rights that docs/how-to/storage.md lists, or set S3_BUCKET to a bucket of its own.`,
);
const noKeys = setting(
  'objects.no_keys',
  () => 'There are no keys for the object storage. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
);
const badName = setting(
  'objects.bad_bucket',
  (place) =>
    `${place.bucket} cannot be the name of a bucket. Set S3_BUCKET to 3 to 63 small letters, digits and hyphens.`,
);
const full = setting(
  'objects.full',
  (place) => `There is no space left ${whereOf(place)}. Free some, or raise the quota of the bucket.`,
);
const certificate = setting(
  'objects.certificate',
  (place) =>
    `The certificate ${whereOf(place)} cannot be trusted. Name the certificate of its authority with NODE_EXTRA_CA_CERTS, or mend S3_ENDPOINT.`,
);
const noTls = setting(
  'objects.no_tls',
  (place) =>
    `The server ${whereOf(place)} does not speak HTTPS. Begin S3_ENDPOINT with http:// or mend its port.`,
);
const damaged: Told = ({ cause }) =>
  new TransientFailure('The bytes arrived damaged and were not kept.', { code: 'objects.checksum', cause });
const tooLarge: Told = ({ cause }) =>
  new BusinessFailure('The file is larger than the object storage takes.', {
    code: 'objects.too_large',
    cause,
  });

/** Source: Amazon S3 API reference, "Error responses"; MinIO's own begin with XMinio. */
const byName: Readonly<Record<string, Told>> = {
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  AuthorizationQueryParametersError: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  IncorrectEndpoint: wrongRegion,
  NoSuchBucket: noBucket,
  BucketAlreadyExists: takenBucket,
  InvalidBucketName: badName,
  InvalidAccessKeyId: unknownKey,
  SignatureDoesNotMatch: wrongSecret,
  RequestTimeTooSkewed: clockSkew,
  RequestInTheFuture: clockSkew,
  ExpiredToken: oldToken,
  InvalidToken: oldToken,
  TokenRefreshRequired: oldToken,
  AccessDenied: denied,
  AllAccessDisabled: denied,
  AccountProblem: denied,
  Forbidden: denied,
  CredentialsProviderError: noKeys,
  QuotaExceeded: full,
  XMinioStorageFull: full,
  XMinioAdminBucketQuotaExceeded: full,
  BadDigest: damaged,
  InvalidDigest: damaged,
  XAmzContentSHA256Mismatch: damaged,
  XAmzContentChecksumMismatch: damaged,
  EntityTooLarge: tooLarge,
};

const passingNames = ['SlowDown', 'RequestTimeout', 'TimeoutError', 'OperationAborted', 'TemporaryRedirect'];
const certificateCodes = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];
/** What OpenSSL says of an answer in plain HTTP. */
const noTlsCodes = ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'];

/** The failure that an error of the SDK means, in words that name what to set. Failures are handed on as they are. */
export function s3Failure(cause: unknown, place: S3Place): Failure {
  if (cause instanceof Failure) return cause;
  const answer = answerOf(cause);
  const told = answer === null ? undefined : (byName[answer.name] ?? byStatus(answer));
  if (told !== undefined && answer !== null) return told({ place, answer, cause });
  const code = codeOf(cause) ?? '';
  const known = { name: 'none' };
  if (certificateCodes.includes(code)) return certificate({ place, answer: known, cause });
  if (noTlsCodes.includes(code)) return noTls({ place, answer: known, cause });
  if (isPassing(cause, answer)) return unreachable(cause, place, answer);
  // No answer and no network: a mistake of ours.
  if (answer?.$metadata === undefined) return asFailure(cause);
  return new SystemFailure('The object storage refused a request of ours.', {
    code: 'objects.refused',
    cause,
    details: detailsOf(answer),
  });
}

export function isNoSuchKey(error: unknown): boolean {
  return ['NoSuchKey', 'NoSuchVersion', 'NotFound'].includes(answerOf(error)?.name ?? '');
}

export function errorName(error: unknown): string {
  return answerOf(error)?.name ?? '';
}

/** An answer to HEAD has no body, so nothing in it says why: no object, or no bucket? no right, or a wrong clock? */
export function isUnexplained(error: unknown): boolean {
  return [301, 307, 400, 403, 404].includes(statusOf(error) ?? 0);
}

export function statusOf(error: unknown): number | null {
  return answerOf(error)?.$metadata?.httpStatusCode ?? null;
}

function byStatus({ $metadata }: Answer): Told | undefined {
  if ($metadata?.httpStatusCode === 301) return wrongRegion;
  if ($metadata?.httpStatusCode === 403) return denied;
  return $metadata?.httpStatusCode === 507 ? full : undefined;
}

function isPassing(cause: unknown, answer: Answer | null): boolean {
  const status = answer?.$metadata?.httpStatusCode;
  if (status !== undefined && answer !== null) {
    return status >= 500 || status === 429 || status === 408 || passingNames.includes(answer.name);
  }
  // Without an answer it is the network; a plain error of ours has no code.
  return codeOf(cause) !== null || passingNames.includes(answer?.name ?? '') || answer?.name === 'AbortError';
}

function unreachable(cause: unknown, place: S3Place, answer: Answer | null): TransientFailure {
  const status = answer?.$metadata?.httpStatusCode;
  const hint = place.endpoint === null ? '' : ' If that lasts, look at S3_ENDPOINT.';
  const sentence =
    status === undefined
      ? `The object storage ${whereOf(place)} does not answer; it is tried again.${hint}`
      : `The object storage ${whereOf(place)} has trouble of its own (HTTP ${status}); it is tried again.`;
  const seconds = answer === null ? null : header(answer, 'retry-after');
  return new TransientFailure(sentence, {
    code: 'objects.unreachable',
    cause,
    retryAfterMs: seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined,
  });
}

function answerOf(error: unknown): Answer | null {
  return answerSchema.safeParse(error).data ?? null;
}

function header({ $response }: Answer, name: string): string | null {
  const value = $response?.headers[name];
  return typeof value === 'string' ? value : null;
}

function detailsOf({ name, $metadata }: Answer): Record<string, unknown> {
  return { vendorCode: name, status: $metadata?.httpStatusCode ?? null };
}

/** `at minio.example.org`, `at Amazon S3`. */
export function whereOf({ endpoint }: S3Place): string {
  return endpoint !== null && URL.canParse(endpoint) ? `at ${new URL(endpoint).host}` : 'at Amazon S3';
}
