import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  type LifecycleRule,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { LifecycleRules } from './lifecycle.ts';
import { createS3Client, type S3Place, shortCall } from './s3-client.ts';
import { errorName, s3Failure, statusOf, whereOf } from './s3-failure.ts';
import { bucketRules, dangerousRule, mergedRules } from './s3-lifecycle.ts';

export const bucketAspects = ['bucket', 'versioning', 'lifecycle', 'encryption', 'public access'] as const;
export type BucketAspect = (typeof bucketAspects)[number];

/**
 * How one aspect of a bucket stands: as wanted, not so, not offered by this server, or in a way that a person has to
 * look at.
 */
export type BucketFinding = {
  aspect: BucketAspect;
  status: 'right' | 'wrong' | 'unsupported' | 'odd';
  /** In words for people. */
  text: string;
};

type Part = {
  aspect: BucketAspect;
  look(): Promise<BucketFinding>;
  /** Makes it right. @returns what was done, in words */
  mend(): Promise<string>;
};

export type BucketKeeper = {
  /** Stops after a bucket that is not there. @throws ConfigurationFailure, TransientFailure `objects.*` */
  inspect(): Promise<readonly BucketFinding[]>;
  /** @returns what was done, in words; null where this server does not offer it @throws as `inspect` */
  mend(aspect: BucketAspect): Promise<string | null>;
  close(): void;
};

/** Looks after a bucket's own settings. Each call is safe to repeat. */
export function createBucketKeeper(
  place: S3Place,
  options: { rules: LifecycleRules; signal: AbortSignal },
): BucketKeeper {
  const client = createS3Client(place);
  const ground: Ground = { client, place, ...options };
  const parts = [
    bucketPart(ground),
    versioningPart(ground),
    lifecyclePart(ground),
    encryptionPart(ground),
    accessPart(ground),
  ];
  return {
    async inspect() {
      const findings: BucketFinding[] = [];
      for (const part of parts) {
        const finding = await look(part, ground);
        findings.push(finding);
        if (part.aspect === 'bucket' && finding.status === 'wrong') break;
      }
      return findings;
    },
    async mend(aspect) {
      const part = parts.find((one) => one.aspect === aspect);
      if (part === undefined) return null;
      try {
        return await part.mend();
      } catch (error) {
        options.signal.throwIfAborted();
        if (isUnsupported(error)) return null;
        throw s3Failure(error, place);
      }
    },
    close: () => client.destroy(),
  };
}

type Ground = { client: S3Client; place: S3Place; rules: LifecycleRules; signal: AbortSignal };

async function look(part: Part, { place, signal }: Ground): Promise<BucketFinding> {
  try {
    return await part.look();
  } catch (error) {
    signal.throwIfAborted();
    if (!isUnsupported(error)) throw s3Failure(error, place);
    return { aspect: part.aspect, status: 'unsupported', text: 'not offered by this server' };
  }
}

/** How servers say that they do not know a part of the protocol; one takes the call for the making of a bucket. */
function isUnsupported(error: unknown): boolean {
  const names = ['NotImplemented', 'MethodNotAllowed', 'UnsupportedOperation', 'BucketAlreadyOwnedByYou'];
  return names.includes(errorName(error)) || [405, 501].includes(statusOf(error) ?? 0);
}

function bucketPart({ client, place, signal }: Ground): Part {
  const named = { Bucket: place.bucket };
  const where = `${whereOf(place)} (${place.region})`;
  return {
    aspect: 'bucket',
    async look() {
      try {
        // Unlike HEAD it says why it was refused, and the agent needs this right anyway.
        await client.send(new ListObjectsV2Command({ ...named, MaxKeys: 1 }), shortCall(signal));
        return { aspect: 'bucket', status: 'right', text: `${place.bucket} ${where}` };
      } catch (error) {
        if (errorName(error) !== 'NoSuchBucket') throw error;
        return { aspect: 'bucket', status: 'wrong', text: `there is no ${place.bucket} ${where}` };
      }
    },
    async mend() {
      await client.send(new CreateBucketCommand({ ...named, ...locationOf(place) }), shortCall(signal));
      return `made ${place.bucket} ${where}`;
    },
  };
}

/** Every region but the first has to be named. Source: Amazon S3 API reference, `CreateBucket`. */
function locationOf({ region }: S3Place) {
  if (region === 'us-east-1') return {};
  // The SDK's list of regions is only as new as the SDK.
  return { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
}

function versioningPart({ client, place, signal }: Ground): Part {
  const named = { Bucket: place.bucket };
  return {
    aspect: 'versioning',
    async look() {
      const { Status } = await client.send(new GetBucketVersioningCommand(named), shortCall(signal));
      return Status === 'Enabled'
        ? { aspect: 'versioning', status: 'right', text: 'on' }
        : { aspect: 'versioning', status: 'wrong', text: 'off: what is replaced or removed is gone' };
    },
    async mend() {
      const command = new PutBucketVersioningCommand({
        ...named,
        VersioningConfiguration: { Status: 'Enabled' },
      });
      await client.send(command, shortCall(signal));
      return 'switched on';
    },
  };
}

function lifecyclePart({ client, place, rules, signal }: Ground): Part {
  const named = { Bucket: place.bucket };
  const read = async (): Promise<LifecycleRule[]> => {
    try {
      const command = new GetBucketLifecycleConfigurationCommand(named);
      return (await client.send(command, shortCall(signal))).Rules ?? [];
    } catch (error) {
      if (errorName(error) === 'NoSuchLifecycleConfiguration') return [];
      throw error;
    }
  };
  const sentence = `earlier versions go after ${rules.olderVersionDays} days and beyond ${rules.olderVersionsKept}, unfinished uploads and ${rules.scratchPrefix} after a day`;
  return {
    aspect: 'lifecycle',
    async look() {
      const found = await read();
      if (mergedRules(found, bucketRules(rules)) !== null) {
        return { aspect: 'lifecycle', status: 'wrong', text: 'the rules of the agent are missing or others' };
      }
      const danger = dangerousRule(found, rules);
      if (danger === null) return { aspect: 'lifecycle', status: 'right', text: sentence };
      const text = `the rule "${danger}" is not the agent's and removes objects that a competition needs; limit it to other objects`;
      return { aspect: 'lifecycle', status: 'odd', text };
    },
    async mend() {
      const merged = mergedRules(await read(), bucketRules(rules));
      if (merged === null) return 'nothing to do';
      const command = new PutBucketLifecycleConfigurationCommand({
        ...named,
        LifecycleConfiguration: { Rules: merged },
      });
      await client.send(command, shortCall(signal));
      return `set: ${sentence}`;
    },
  };
}

function encryptionPart({ client, place, signal }: Ground): Part {
  const named = { Bucket: place.bucket };
  const missing = 'ServerSideEncryptionConfigurationNotFoundError';
  return {
    aspect: 'encryption',
    async look() {
      try {
        const answer = await client.send(new GetBucketEncryptionCommand(named), shortCall(signal));
        const [rule] = answer.ServerSideEncryptionConfiguration?.Rules ?? [];
        const way = rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
        if (way !== undefined) return { aspect: 'encryption', status: 'right', text: `on (${way})` };
      } catch (error) {
        if (errorName(error) !== missing) throw error;
      }
      return { aspect: 'encryption', status: 'wrong', text: 'off' };
    },
    async mend() {
      const way = { SSEAlgorithm: 'AES256' } as const;
      const command = new PutBucketEncryptionCommand({
        ...named,
        ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: way }] },
      });
      await client.send(command, shortCall(signal));
      return 'switched on (AES256)';
    },
  };
}

function accessPart({ client, place, signal }: Ground): Part {
  const named = { Bucket: place.bucket };
  const wanted = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  return {
    aspect: 'public access',
    async look() {
      const command = new GetPublicAccessBlockCommand(named);
      const found = await client.send(command, shortCall(signal)).then(
        ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration,
        (error: unknown) => {
          if (errorName(error) === 'NoSuchPublicAccessBlockConfiguration') return undefined;
          throw error;
        },
      );
      const isBlocked =
        found?.BlockPublicAcls === true &&
        found.IgnorePublicAcls === true &&
        found.BlockPublicPolicy === true &&
        found.RestrictPublicBuckets === true;
      return isBlocked
        ? { aspect: 'public access', status: 'right', text: 'blocked' }
        : { aspect: 'public access', status: 'wrong', text: 'not blocked' };
    },
    async mend() {
      const command = new PutPublicAccessBlockCommand({ ...named, PublicAccessBlockConfiguration: wanted });
      await client.send(command, shortCall(signal));
      return 'blocked now';
    },
  };
}
