import type { Config } from '../config/load.ts';
import { ConfigurationFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { ObjectStore } from '../providers/objects/contract.ts';
import { createFolderStore } from '../providers/objects/folder.ts';
import { type LifecycleRules, lifecycleRules } from '../providers/objects/lifecycle.ts';
import type { S3Keys, S3Place } from '../providers/objects/s3-client.ts';
import { whereOf } from '../providers/objects/s3-failure.ts';
import type { DataFolder } from './data-folder.ts';

export type OpenedObjects = {
  objects: ObjectStore;
  /** In words for people. */
  description: string;
  /** Every process of this installation reaches them. */
  isShared: boolean;
  /** Links lead to the store itself; false: to our own server, which has to answer them. */
  presigned: boolean;
  /** Where a person finds the objects: a folder, or `s3://` and the bucket. */
  artifactsFolder: string;
  /**
   * For the start: refuses settings that cannot work. A storage that does not answer is no reason to stay away: its
   * health is told like that of any other service.
   * @throws ConfigurationFailure `objects.*`
   */
  check(): Promise<void>;
  close(): void;
};

export type ObjectsOptions = {
  config: Config;
  places: DataFolder;
  /** Signs the links of the folder. */
  linkSecret: string;
  /** Where our own server is reached on this machine. */
  ownUrl: () => string;
  now: () => Date;
  log: Log;
};

/** No object has this key; asking for it tells whether the bucket is there and the keys are right. */
const nobody = 'scratch/nobody';

/** The bucket where S3_BUCKET is set, else the data folder. Nothing is called yet. */
export async function openObjects(options: ObjectsOptions): Promise<OpenedObjects> {
  const { config, places, now, log } = options;
  const place = s3PlaceOf(config);
  if (place === null) {
    const { linkSecret, ownUrl } = options;
    return {
      objects: createFolderStore({
        folder: places.objects,
        ownUrl,
        publicUrl: config.gpu.publicUrl,
        linkSecret,
        rules: lifecycleOf(config),
        now,
      }),
      description: `folder ${places.objects}`,
      isShared: false,
      presigned: false,
      artifactsFolder: artifactsFolderOf(config, places),
      check: async () => undefined,
      close: () => undefined,
    };
  }
  // The SDK takes its time to load; whoever has no bucket does not wait for it.
  const { createS3Store } = await import('../providers/objects/s3.ts');
  const store = createS3Store({ ...place, now, log });
  return {
    objects: store,
    description: describeBucket(place),
    isShared: true,
    presigned: true,
    artifactsFolder: artifactsFolderOf(config, places),
    async check() {
      try {
        await store.head(nobody);
      } catch (error) {
        if (error instanceof ConfigurationFailure) throw error;
        log.warn({ err: error }, 'the object storage does not answer yet');
      }
    },
    close: () => store.close(),
  };
}

/** @returns null where no bucket is set */
export function s3PlaceOf({ storage }: Pick<Config, 'storage'>): S3Place | null {
  const { bucket, endpoint, region, accessKeyId, secretAccessKey, sessionToken, forcePathStyle } = storage;
  if (bucket === null) return null;
  const hasKeys = accessKeyId !== null && secretAccessKey !== null;
  return {
    bucket,
    endpoint,
    region,
    forcePathStyle: forcePathStyle ?? endpoint !== null,
    // Each use reads them anew: a secret may follow its rotation.
    credentials: hasKeys ? (): S3Keys => ({ accessKeyId, secretAccessKey, sessionToken }) : null,
  };
}

/** True where signed links can be followed from outside this machine, as rented machines have to. */
export function linksReachOut({ storage, gpu }: Pick<Config, 'storage' | 'gpu'>): boolean {
  if (gpu.publicUrl !== null) return true;
  if (storage.bucket === null) return false;
  return storage.endpoint === null || !isOwnAddress(storage.endpoint);
}

function isOwnAddress(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

/** Where a person finds the objects; the keys go on below it. */
export function artifactsFolderOf({ storage }: Pick<Config, 'storage'>, places: DataFolder): string {
  return storage.bucket === null ? `${places.objects}/files` : `s3://${storage.bucket}`;
}

/** What a store lets go by itself, as the settings say. */
export function lifecycleOf({ retention }: Pick<Config, 'retention'>): LifecycleRules {
  return { ...lifecycleRules, olderVersionDays: retention.objectVersionDays };
}

export function describeBucket(place: S3Place): string {
  return `bucket ${place.bucket} ${whereOf(place)} (${place.region})`;
}
