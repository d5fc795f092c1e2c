import { Refusal } from './refusal.ts';
import { all, type Element, parseXml, textOf } from './xml.ts';

const transitions = ['Transition', 'NoncurrentVersionTransition'];

/** Reads a document of the protocol. @throws Refusal `MalformedXML` */
export function documentOf(body: Buffer, name: string): Element {
  const document = readDocument(body);
  if (document?.name === name) return document.element;
  throw new Refusal(400, 'MalformedXML', 'The XML you provided was not well-formed.');
}

function readDocument(body: Buffer): ReturnType<typeof parseXml> | null {
  try {
    return parseXml(body.toString('utf8'));
  } catch {
    return null;
  }
}

/**
 * What S3 refuses of lifecycle rules.
 * Source: Amazon S3 API reference, `PutBucketLifecycleConfiguration`, `LifecycleRule`.
 */
export function requireLifecycle(body: Buffer): void {
  const rules = all(documentOf(body, 'LifecycleConfiguration'), 'Rule');
  const names = rules.map((rule) => textOf(rule, 'ID') ?? '');
  const refuse = (why: string) => new Refusal(400, 'InvalidRequest', why);
  if (rules.length === 0 || rules.length > 1_000) throw refuse('There must be 1 to 1000 rules.');
  if (new Set(names).size !== names.length)
    throw new Refusal(400, 'InvalidArgument', 'Rule ID must be unique.');
  for (const rule of rules) {
    if (!['Enabled', 'Disabled'].includes(textOf(rule, 'Status') ?? ''))
      throw refuse('Status must be given.');
    if (all(rule, 'Filter').length !== 1) throw refuse('Each rule has one filter.');
    const actions = [
      'Expiration',
      'NoncurrentVersionExpiration',
      'AbortIncompleteMultipartUpload',
      ...transitions,
    ];
    if (!actions.some((action) => all(rule, action).length > 0))
      throw refuse('A rule has at least one action.');
    for (const expiration of all(rule, 'Expiration')) requireExpiration(expiration);
    for (const older of all(rule, 'NoncurrentVersionExpiration')) {
      requireDays(textOf(older, 'NoncurrentDays'));
      const kept = textOf(older, 'NewerNoncurrentVersions');
      if (kept !== null && !(Number(kept) >= 1 && Number(kept) <= 100)) throw refuse('It must be 1 to 100.');
    }
    for (const unfinished of all(rule, 'AbortIncompleteMultipartUpload')) {
      requireDays(textOf(unfinished, 'DaysAfterInitiation'));
    }
  }
}

function requireExpiration(expiration: Element): void {
  const marker = textOf(expiration, 'ExpiredObjectDeleteMarker');
  const days = textOf(expiration, 'Days');
  if (marker !== null && days !== null) throw new Refusal(400, 'MalformedXML', 'One of them.');
  if (marker === null) requireDays(days);
}

function requireDays(text: string | null): void {
  if (text !== null && /^[1-9]\d*$/.test(text)) return;
  throw new Refusal(400, 'InvalidArgument', "'Days' must be a positive integer.");
}

export function requireEncryption(body: Buffer): void {
  const [rule, ...more] = all(documentOf(body, 'ServerSideEncryptionConfiguration'), 'Rule');
  const way = rule && all(rule, 'ApplyServerSideEncryptionByDefault')[0];
  const algorithm = way && textOf(way, 'SSEAlgorithm');
  if (more.length === 0 && ['AES256', 'aws:kms', 'aws:kms:dsse'].includes(algorithm ?? '')) return;
  throw new Refusal(
    400,
    'MalformedXML',
    'The XML you provided did not validate against our published schema.',
  );
}

export function requireAccessBlock(body: Buffer): void {
  documentOf(body, 'PublicAccessBlockConfiguration');
}

/** @returns whether versioning is on afterwards */
export function versioningOf(body: Buffer): boolean {
  const status = textOf(documentOf(body, 'VersioningConfiguration'), 'Status');
  if (status === 'Enabled') return true;
  if (status === 'Suspended') return false;
  throw new Refusal(400, 'MalformedXML', 'Status must be Enabled or Suspended.');
}
