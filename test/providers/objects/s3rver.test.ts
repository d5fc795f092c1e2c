import S3rver from '@20minutes/s3rver';
import { onTestFinished } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { createS3Store } from '../../../src/providers/objects/s3.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from './store-contract.ts';

/** The only ones that it knows. */
const key = createSecret('S3RVER');

/** A server that we did not write, and that checks signatures in its own way. */
async function anotherServer() {
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory: await tempFolder(),
    silent: true,
    configureBuckets: [{ name: 'agent' }],
  });
  const { port } = await server.run();
  const store = createS3Store({
    bucket: 'agent',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials: () => ({ accessKeyId: key, secretAccessKey: key, sessionToken: null }),
    partBytes: 5 * 1_048_576,
    now: () => new Date(),
    log: silentLog,
  });
  onTestFinished(async () => {
    store.close();
    await server.close();
  });
  // It does not tell of unfinished uploads.
  return { store, unfinished: async () => 0 };
}

testStore('s3rver', anotherServer, [
  // It leaves the last slash of a bucket's address out of the signature, so it refuses every list.
  'a list holds everything below a folder, in the order of the keys',
  'pruning leaves every object as it is',
  // It keeps no versions.
  'an object that is replaced while it is read is read to its old end',
  'what was replaced or removed is kept for a while, and can be had back',
  'a version that is not there is missing',
  // It takes the range 0-0 for none, and the metadata of one writer for the bytes of another.
  'a range ends where it says or where the object does',
  'many writers of one object leave one whole version',
]);
