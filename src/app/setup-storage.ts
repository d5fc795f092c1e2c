import type { Commands, StorageStep } from '../cli/commands.ts';
import { ConfigurationFailure } from '../domain/errors.ts';
import type { BucketFinding, BucketKeeper } from '../providers/objects/s3-bucket.ts';
import { describeBucket, lifecycleOf, s3PlaceOf } from './objects.ts';
import type { Session } from './session.ts';

/** What a bucket that is not there yet would get besides itself. */
const laterAspects = ['versioning', 'lifecycle', 'encryption', 'public access'] as const;

/**
 * Makes the bucket of S3_BUCKET ready: the bucket itself, versioning, lifecycle rules, encryption, no public access.
 * What is right already is left as it is, so it can be repeated.
 * @throws ConfigurationFailure `objects.no_bucket_set`, and what the bucket refuses
 */
export async function setupStorage(
  { settings }: Pick<Session, 'settings'>,
  input: Parameters<Commands['setupStorage']>[0],
): ReturnType<Commands['setupStorage']> {
  const { config } = settings;
  const place = s3PlaceOf(config);
  if (place === null) {
    throw new ConfigurationFailure(
      'S3_BUCKET is not set, so objects lie in the data folder, which needs no setting up. Set it to use a bucket; docs/how-to/storage.md tells how.',
      { code: 'objects.no_bucket_set' },
    );
  }
  const { createBucketKeeper } = await import('../providers/objects/s3-bucket.ts');
  const keeper = createBucketKeeper(place, { rules: lifecycleOf(config), signal: input.signal });
  const steps: StorageStep[] = [];
  const tell = (step: StorageStep): void => {
    steps.push(step);
    input.tell(step);
  };
  try {
    await makeRight(keeper, input.isDryRun, tell);
    return { where: describeBucket(place), steps };
  } finally {
    keeper.close();
  }
}

async function makeRight(
  keeper: BucketKeeper,
  isDryRun: boolean,
  tell: (step: StorageStep) => void,
): Promise<void> {
  let findings = await keeper.inspect();
  const [bucket] = findings;
  if (bucket?.status === 'wrong') {
    if (isDryRun) {
      tell({ name: bucket.aspect, outcome: 'would_change', text: `${bucket.text}; it would be made` });
      for (const name of laterAspects) tell({ name, outcome: 'would_change', text: 'would be set' });
      return;
    }
    tell(await stepOf(bucket, keeper, false));
    findings = (await keeper.inspect()).slice(1);
  }
  for (const finding of findings) tell(await stepOf(finding, keeper, isDryRun));
}

async function stepOf(
  { aspect, status, text }: BucketFinding,
  keeper: BucketKeeper,
  isDryRun: boolean,
): Promise<StorageStep> {
  if (status !== 'wrong') return { name: aspect, outcome: status, text };
  if (isDryRun) return { name: aspect, outcome: 'would_change', text: `${text}; it would be set` };
  const done = await keeper.mend(aspect);
  return done === null
    ? { name: aspect, outcome: 'unsupported', text: 'not offered by this server' }
    : { name: aspect, outcome: 'changed', text: done };
}
