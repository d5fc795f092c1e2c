/**
 * Signature Version 4 as S3 checks it, in headers and in presigned addresses.
 * Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

export type Key = {
  secret: string;
  /** Of a temporary key. */
  token?: string;
  tokenEndsAt?: Date;
  /** `GetObject`, `PutBucketVersioning`, …; left out: everything. */
  may?: (action: string) => boolean;
};

export type Signer = { keys: ReadonlyMap<string, Key>; region: string; now: () => Date };

const skewMs = 15 * 60_000;
const algorithm = 'AWS4-HMAC-SHA256';

/** Who asks, and the digest that the body must have; null: the body is not signed. */
export type Signed = { key: Key; bodySha256: string | null };

/** @throws Refusal */
export function checkSignature(request: IncomingMessage, url: URL, signer: Signer): Signed {
  if (url.searchParams.has('X-Amz-Signature')) return checkAddress(request, url, signer);
  const header = request.headers.authorization;
  if (header === undefined) throw new Refusal(403, 'AccessDenied', 'Access Denied');
  const [, credential = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(header) ??
    [];
  const stamp = String(request.headers['x-amz-date'] ?? '');
  const scope = readScope(credential, stamp, signer, 'AuthorizationHeaderMalformed');
  if (Math.abs(dateOf(stamp) - signer.now().getTime()) > skewMs) {
    throw new Refusal(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
  checkToken(scope.key, request.headers['x-amz-security-token'], signer);
  requireSignedHeaders(request, names.split(';'));
  const payload = String(request.headers['x-amz-content-sha256'] ?? '');
  if (payload.startsWith('STREAMING-')) {
    throw new Refusal(501, 'NotImplemented', `A body of the form ${payload} is not implemented here.`);
  }
  if (payload === '')
    throw new Refusal(400, 'InvalidRequest', 'Missing required header x-amz-content-sha256.');
  compare(signature, scope, stamp, canonical(request, url, names, payload));
  return { key: scope.key, bodySha256: payload === 'UNSIGNED-PAYLOAD' ? null : payload };
}

function checkAddress(request: IncomingMessage, url: URL, signer: Signer): Signed {
  const query = (name: string) => url.searchParams.get(name) ?? '';
  if (query('X-Amz-Algorithm') !== algorithm)
    throw new Refusal(400, 'AuthorizationQueryParametersError', 'Algorithm');
  const stamp = query('X-Amz-Date');
  const scope = readScope(query('X-Amz-Credential'), stamp, signer, 'AuthorizationQueryParametersError');
  const expires = Number(query('X-Amz-Expires'));
  if (!(expires >= 1 && expires <= 604_800)) {
    throw new Refusal(400, 'AuthorizationQueryParametersError', 'X-Amz-Expires must be less than a week.');
  }
  const now = signer.now().getTime();
  if (dateOf(stamp) > now + skewMs) throw new Refusal(403, 'AccessDenied', 'Request is not yet valid');
  if (now > dateOf(stamp) + expires * 1_000) throw new Refusal(403, 'AccessDenied', 'Request has expired');
  checkToken(scope.key, url.searchParams.get('X-Amz-Security-Token') ?? undefined, signer);
  const names = query('X-Amz-SignedHeaders');
  requireSignedHeaders(request, names.split(';'));
  compare(query('X-Amz-Signature'), scope, stamp, canonical(request, url, names, 'UNSIGNED-PAYLOAD'));
  return { key: scope.key, bodySha256: null };
}

type Scope = { key: Key; date: string; region: string };

function readScope(credential: string, stamp: string, signer: Signer, malformed: string): Scope {
  const [id = '', date = '', region = '', service, end] = credential.split('/');
  if (
    service !== 's3' ||
    end !== 'aws4_request' ||
    date !== stamp.slice(0, 8) ||
    Number.isNaN(dateOf(stamp))
  ) {
    throw new Refusal(400, malformed, 'The authorization is malformed.');
  }
  const key = signer.keys.get(id);
  if (key === undefined) {
    throw new Refusal(
      403,
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  }
  if (region !== signer.region) {
    throw new Refusal(400, malformed, `the region '${region}' is wrong; expecting '${signer.region}'`, {
      Region: signer.region,
    });
  }
  return { key, date, region };
}

function checkToken(key: Key, token: string | string[] | undefined, { now }: Signer): void {
  if (token !== key.token)
    throw new Refusal(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
  if (key.tokenEndsAt !== undefined && key.tokenEndsAt <= now()) {
    throw new Refusal(400, 'ExpiredToken', 'The provided token has expired.');
  }
}

function requireSignedHeaders(request: IncomingMessage, names: string[]): void {
  const needed = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Refusal(
      403,
      'AccessDenied',
      'There were headers present in the request which were not signed',
      {
        HeadersNotSigned: missing.join(', '),
      },
    );
  }
}

function canonical(request: IncomingMessage, url: URL, names: string, payload: string): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [escaped(name), escaped(value)] as const)
    .toSorted(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const path = url.pathname
    .split('/')
    .map((part) => escaped(decodeURIComponent(part)))
    .join('/');
  const headers = names.split(';').map((name) => {
    const value = request.headers[name];
    return `${name}:${String(value ?? '')
      .trim()
      .replaceAll(/ +/g, ' ')}\n`;
  });
  return [request.method, path, query, headers.join(''), names, payload].join('\n');
}

function compare(
  signature: string,
  { key, date, region }: Scope,
  stamp: string,
  canonicalRequest: string,
): void {
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = [algorithm, stamp, scope, sha256(canonicalRequest)].join('\n');
  const signingKey = [date, region, 's3', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${key.secret}`,
  );
  const expected = createHmac('sha256', signingKey).update(text).digest();
  const given = Buffer.from(signature, 'hex');
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new Refusal(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided.',
  );
}

/** `20261122T120000Z`, in milliseconds. */
function dateOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
