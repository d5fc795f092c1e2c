import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GetObjectTaggingCommand, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Log } from '../../domain/log.ts';
import { shortCall } from './s3-client.ts';
import { statusOf } from './s3-failure.ts';

/** One state of one object. */
export type ObjectState = { key: string; etag: string; version: string | null; sizeBytes: number };

const tagName = 'sha256';
const tagPattern = /^([0-9a-f]{64})\.([0-9A-Za-z-]{1,100})$/;
/** Smaller ones are read again faster than a tag is asked for: heartbeats above all. */
const taggedFromBytes = 1_048_576;
const rememberedStates = 1_000;
/** A server that has no tags, or a key that may not write any. */
const refusesTags = [400, 403, 405, 501];

export type Digests = {
  remember(state: ObjectState, sha256: string): Promise<void>;
  /** What was remembered of this very state; else its bytes are read. */
  of(state: ObjectState, read: () => Promise<Readable>): Promise<string>;
};

/**
 * SHA-256 of objects that do not carry it: a machine's uploads by link, and large streams, whose digest is known only
 * after S3 has taken the object's metadata. It is kept as a tag of the object, with the state that it is of, so that
 * a replaced object is never taken for it; it can always be made again from the bytes, so a crash before the tag, or
 * a server without tags, costs only time.
 */
export function createDigests({
  client,
  bucket,
  log,
}: {
  client: S3Client;
  bucket: string;
  log: Log;
}): Digests {
  const known = new Map<string, string>();
  let canTag = true;

  function keep(state: ObjectState, sha256: string): void {
    known.set(nameOf(state), sha256);
    const [oldest] = known.keys();
    if (known.size > rememberedStates && oldest !== undefined) known.delete(oldest);
  }

  async function tag(state: ObjectState, sha256: string): Promise<void> {
    if (!canTag || state.sizeBytes < taggedFromBytes) return;
    const command = new PutObjectTaggingCommand({
      ...addressOf(bucket, state),
      Tagging: { TagSet: [{ Key: tagName, Value: `${sha256}.${bare(state.etag)}` }] },
    });
    try {
      await client.send(command, shortCall());
    } catch (error) {
      // One that is only away, or an object that was replaced meanwhile, says nothing of the next tag.
      if (!refusesTags.includes(statusOf(error) ?? 0)) return;
      canTag = false;
      log.info({ err: error }, 'the object storage keeps no tags, so digests are made again after a restart');
    }
  }

  async function tagged(state: ObjectState): Promise<string | null> {
    if (!canTag || state.sizeBytes < taggedFromBytes) return null;
    const command = new GetObjectTaggingCommand(addressOf(bucket, state));
    const tags = await client.send(command, shortCall()).then(
      ({ TagSet }) => TagSet ?? [],
      () => [],
    );
    const value = tags.find(({ Key }) => Key === tagName)?.Value ?? '';
    const [, sha256, etag] = tagPattern.exec(value) ?? [];
    return etag === bare(state.etag) ? (sha256 ?? null) : null;
  }

  async function remember(state: ObjectState, sha256: string): Promise<void> {
    keep(state, sha256);
    await tag(state, sha256);
  }

  return {
    remember,
    async of(state, read) {
      const remembered = known.get(nameOf(state)) ?? (await tagged(state));
      if (remembered !== null) {
        keep(state, remembered);
        return remembered;
      }
      const hash = createHash('sha256');
      for await (const chunk of await read()) hash.update(chunk);
      const sha256 = hash.digest('hex');
      await remember(state, sha256);
      return sha256;
    },
  };
}

function addressOf(bucket: string, { key, version }: ObjectState) {
  return { Bucket: bucket, Key: key, ...(version === null ? {} : { VersionId: version }) };
}

function nameOf({ key, etag, version }: ObjectState): string {
  return `${key}\n${etag}\n${version ?? ''}`;
}

/** Without its quotes, which a tag may not hold. */
function bare(etag: string): string {
  return etag.replaceAll(/[^0-9A-Za-z-]/g, '');
}
