import { type Bucket, createBucket } from './bucket.ts';
import {
  allow,
  answer,
  answerText,
  answerXml,
  bucketOf,
  type Call,
  need,
  readSettings,
  readSmall,
} from './call.ts';
import { Refusal } from './refusal.ts';
import {
  documentOf,
  requireAccessBlock,
  requireEncryption,
  requireLifecycle,
  versioningOf,
} from './settings.ts';
import { textOf } from './xml.ts';

/** Settings that are kept as they came: in the address, their action, and what is answered before they are set. */
const kept = {
  lifecycle: {
    action: 'LifecycleConfiguration',
    check: requireLifecycle,
    missing: 'NoSuchLifecycleConfiguration',
  },
  encryption: {
    action: 'EncryptionConfiguration',
    check: requireEncryption,
    missing: 'ServerSideEncryptionConfigurationNotFoundError',
  },
  publicAccessBlock: {
    action: 'BucketPublicAccessBlock',
    check: requireAccessBlock,
    missing: 'NoSuchPublicAccessBlockConfiguration',
  },
} as const;

/** Answers what concerns a bucket as a whole. @throws Refusal */
export async function answerBucket(call: Call, name: string): Promise<void> {
  const { url, request } = call;
  const has = (parameter: string) => url.searchParams.has(parameter);
  const what = `${request.method}`;
  if (what === 'PUT' && url.search.replace('?x-id=CreateBucket', '') === '') return await create(call, name);
  const bucket = bucketOf(call, name);
  if (what === 'HEAD') {
    allow(call, 'ListBucket');
    return answer(call, 200, { 'x-amz-bucket-region': call.region });
  }
  for (const setting of ['lifecycle', 'encryption', 'publicAccessBlock'] as const) {
    if (has(setting)) return await keptSetting(call, bucket, setting);
  }
  if (has('versioning')) return await versioning(call, bucket);
  if (what === 'GET' && has('uploads')) return listUploads(call, bucket);
  if (what === 'GET' && has('versions')) return listVersions(call, bucket);
  if (what === 'GET' && url.searchParams.get('list-type') === '2') return listObjects(call, bucket);
  throw new Refusal(501, 'NotImplemented', `${what} ${url.search}`);
}

async function create(call: Call, name: string): Promise<void> {
  allow(call, 'CreateBucket');
  const body = await readSmall(call);
  const wanted =
    body.length === 0 ? null : textOf(documentOf(body, 'CreateBucketConfiguration'), 'LocationConstraint');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new Refusal(400, 'InvalidBucketName', 'The specified bucket is not valid.');
  }
  if (wanted === 'us-east-1') {
    throw new Refusal(400, 'InvalidLocationConstraint', 'The specified location-constraint is not valid');
  }
  if ((wanted ?? 'us-east-1') !== call.region) {
    throw new Refusal(
      400,
      'IllegalLocationConstraintException',
      `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint.`,
    );
  }
  if (call.buckets.has(name)) {
    throw new Refusal(
      409,
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded.',
    );
  }
  call.buckets.set(name, createBucket(name));
  answer(call, 200, { location: `/${name}` });
}

async function keptSetting(call: Call, bucket: Bucket, name: keyof typeof kept): Promise<void> {
  need(call, name);
  const { action, check, missing } = kept[name];
  if (call.request.method === 'PUT') {
    allow(call, `Put${action}`);
    const body = await readSettings(call);
    check(body);
    bucket.settings.set(name, body.toString('utf8'));
    return answer(call, 200);
  }
  allow(call, `Get${action}`);
  const stored = bucket.settings.get(name);
  if (stored === undefined) throw new Refusal(404, missing, 'There is no such configuration.');
  answerText(call.response, 200, stored);
}

async function versioning(call: Call, bucket: Bucket): Promise<void> {
  need(call, 'versioning');
  if (call.request.method === 'PUT') {
    allow(call, 'PutBucketVersioning');
    bucket.isVersioned = versioningOf(await readSettings(call));
    return answer(call, 200);
  }
  allow(call, 'GetBucketVersioning');
  answerXml(call, 'VersioningConfiguration', bucket.isVersioned ? { Status: 'Enabled' } : {});
}

function listObjects(call: Call, bucket: Bucket): void {
  allow(call, 'ListBucket');
  const query = (name: string) => call.url.searchParams.get(name) ?? '';
  const after = query('continuation-token') || query('start-after');
  const most = Math.min(Number(query('max-keys') || 1_000), pageSize);
  const keys = keysOf(bucket, query('prefix')).filter((key) => key > after && isThere(bucket, key));
  const page = keys.slice(0, most);
  answerXml(call, 'ListBucketResult', {
    Name: bucket.name,
    KeyCount: page.length,
    IsTruncated: keys.length > page.length,
    NextContinuationToken: keys.length > page.length ? (page.at(-1) ?? null) : null,
    Contents: page.map((Key) => {
      const state = bucket.states.get(Key)?.at(-1);
      return {
        Key,
        LastModified: state?.modifiedAt.toISOString() ?? null,
        ETag: `"${state?.etag}"`,
        Size: state?.sizeBytes ?? 0,
      };
    }),
  });
}

/** Small, so that tests see several. */
const pageSize = 4;

function listVersions(call: Call, bucket: Bucket): void {
  allow(call, 'ListBucketVersions');
  const query = (name: string) => call.url.searchParams.get(name);
  const states = keysOf(bucket, query('prefix') ?? '').flatMap((key) =>
    (bucket.states.get(key) ?? [])
      .map((state, index, list) => ({ key, state, isLatest: index === list.length - 1 }))
      .toReversed(),
  );
  const marker = query('key-marker');
  const before = states.findIndex(
    ({ key, state }) => key === marker && state.id === query('version-id-marker'),
  );
  const rest = marker === null ? states : states.slice(before + 1);
  const page = rest.slice(0, pageSize);
  const last = rest.length > page.length ? page.at(-1) : undefined;
  const told = ({ key, state, isLatest }: (typeof page)[number]) => ({
    Key: key,
    VersionId: state.id,
    IsLatest: isLatest,
    LastModified: state.modifiedAt.toISOString(),
    Size: state.isMarker ? null : state.sizeBytes,
  });
  answerXml(call, 'ListVersionsResult', {
    Name: bucket.name,
    IsTruncated: last !== undefined,
    NextKeyMarker: last?.key ?? null,
    NextVersionIdMarker: last?.state.id ?? null,
    Version: page.filter(({ state }) => !state.isMarker).map(told),
    DeleteMarker: page.filter(({ state }) => state.isMarker).map(told),
  });
}

function listUploads(call: Call, bucket: Bucket): void {
  allow(call, 'ListBucketMultipartUploads');
  answerXml(call, 'ListMultipartUploadsResult', {
    Bucket: bucket.name,
    IsTruncated: false,
    Upload: [...bucket.uploads].map(([UploadId, { key, startedAt }]) => ({
      Key: key,
      UploadId,
      Initiated: startedAt.toISOString(),
    })),
  });
}

function keysOf(bucket: Bucket, prefix: string): string[] {
  return [...bucket.states.keys()].filter((key) => key.startsWith(prefix)).toSorted();
}

function isThere(bucket: Bucket, key: string): boolean {
  return bucket.states.get(key)?.at(-1)?.isMarker === false;
}
