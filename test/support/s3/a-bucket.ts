import { onTestFinished } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { createS3Store, type S3StoreOptions } from '../../../src/providers/objects/s3.ts';
import type { S3Keys } from '../../../src/providers/objects/s3-client.ts';
import { silentLog } from '../silent-log.ts';
import { tempFolder } from '../temp-folder.ts';
import { type S3Options, startS3 } from './server.ts';

export const someKeys: S3Keys = {
  accessKeyId: createSecret('AKIATESTTESTTEST'),
  secretAccessKey: createSecret('a secret key of the tests, not of anybody'),
  sessionToken: null,
};

/** A server with one bucket, and a store over it; both end with the test. */
export async function aBucket(
  options: { server?: Partial<S3Options>; isVersioned?: boolean; store?: Partial<S3StoreOptions> } = {},
) {
  const server = await startS3({
    folder: await tempFolder(),
    keys: { [someKeys.accessKeyId.reveal()]: { secret: someKeys.secretAccessKey.reveal() } },
    buckets: ['agent'],
    ...options.server,
  });
  onTestFinished(() => server.close());
  const bucket = server.buckets.get('agent');
  if (bucket !== undefined) bucket.isVersioned = options.isVersioned ?? true;
  const place = {
    bucket: 'agent',
    region: 'us-east-1',
    endpoint: server.url,
    forcePathStyle: true,
    credentials: () => someKeys,
  };
  const open = (changes: Partial<S3StoreOptions> = {}) => {
    const store = createS3Store({
      ...place,
      // The smallest that S3 takes: a small object has several.
      partBytes: 5 * 1_048_576,
      now: () => new Date(),
      log: silentLog,
      ...options.store,
      ...changes,
    });
    onTestFinished(() => store.close());
    return store;
  };
  return { server, place, open, store: open(), unfinished: async () => bucket?.uploads.size ?? 0 };
}
