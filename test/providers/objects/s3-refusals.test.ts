import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import type { ObjectStore } from '../../../src/providers/objects/contract.ts';
import { aBucket, someKeys } from '../../support/s3/a-bucket.ts';

const body = Buffer.from('x');

/** Every way in which the store can be used. */
const uses: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
  put: (store) => store.put('a/b', body),
  get: (store) => store.get('a/b'),
  head: (store) => store.head('a/b'),
  list: (store) => store.list(''),
  remove: (store) => store.remove('a/b'),
  versions: (store) => store.versions('a/b'),
};

async function expectEverywhere(store: ObjectStore, failure: object): Promise<void> {
  for (const [name, use] of Object.entries(uses)) {
    const refused = await use(store).then(
      () => null,
      (error: unknown) => error,
    );
    expect({ name, refused }).toMatchObject({ name, refused: failure });
  }
}

test('a bucket that is not there names S3_BUCKET and the way to make it', async () => {
  const { open } = await aBucket();

  await expectEverywhere(open({ bucket: 'elsewhere' }), {
    kind: 'configuration',
    code: 'objects.no_bucket',
    message: expect.stringMatching(
      /There is no bucket elsewhere at 127.0.0.1:\d+. Set S3_BUCKET .*setup storage/,
    ),
  });
});

test('a wrong region names the right one', async () => {
  const { open } = await aBucket({ server: { region: 'eu-central-1' } });

  await expectEverywhere(open({ region: 'us-east-1' }), {
    kind: 'configuration',
    code: 'objects.wrong_region',
    message: 'The bucket agent does not lie in the region us-east-1. Set S3_REGION=eu-central-1.',
  });
});

test('a wrong access key and a wrong secret key are told apart', async () => {
  const { open } = await aBucket();
  const accessKeyId = createSecret('AKIANOBODY');
  const secretAccessKey = createSecret('some other secret');

  await expectEverywhere(open({ credentials: () => ({ ...someKeys, accessKeyId }) }), {
    code: 'objects.unknown_key',
    message: expect.stringContaining('AWS_ACCESS_KEY_ID'),
  });
  await expectEverywhere(open({ credentials: () => ({ ...someKeys, secretAccessKey }) }), {
    code: 'objects.wrong_secret',
    message: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
  });
});

test('a session token that has ended or is not the right one names all three settings', async () => {
  const secret = someKeys.secretAccessKey.reveal();
  const keys = { [someKeys.accessKeyId.reveal()]: { secret, token: 'first', tokenEndsAt: new Date(0) } };
  const { open } = await aBucket({ server: { keys } });
  const failure = {
    kind: 'configuration',
    code: 'objects.token_expired',
    message: expect.stringMatching(/AWS_SESSION_TOKEN.*AWS_ACCESS_KEY_ID.*AWS_SECRET_ACCESS_KEY/),
  };

  const withToken = (token: string) => ({ ...someKeys, sessionToken: createSecret(token) });
  await expectEverywhere(open({ credentials: () => withToken('first') }), failure);
  await expectEverywhere(open({ credentials: () => withToken('second') }), failure);
});

test('a clock that is an hour off is told, and nothing is corrected silently', async () => {
  const hourMs = 3_600_000;
  const { store, server } = await aBucket({ server: { now: () => new Date(Date.now() + hourMs) } });

  const failure = {
    kind: 'configuration',
    code: 'objects.clock_skew',
    message: expect.stringContaining('Set the clock of this machine.'),
  };
  await expectEverywhere(store, failure);
  await expectEverywhere(store, failure);
  expect(server.buckets.get('agent')?.states.size).toBe(0);
});

test('a right that is missing names the page that lists the rights', async () => {
  const secret = someKeys.secretAccessKey.reveal();
  const { store } = await aBucket({
    server: { keys: { [someKeys.accessKeyId.reveal()]: { secret, may: () => false } } },
  });

  await expectEverywhere(store, {
    kind: 'configuration',
    code: 'objects.denied',
    message: expect.stringContaining('docs/how-to/storage.md'),
  });
});

test('a failure never shows a key', async () => {
  const { open } = await aBucket();
  const secretAccessKey = createSecret('some other secret');

  const failure = await open({ credentials: () => ({ ...someKeys, secretAccessKey }) })
    .put('a/b', body)
    .catch((error: unknown) => error);

  const shown = JSON.stringify(failure) + String(failure);
  expect(shown).not.toContain('some other secret');
  expect(shown).not.toContain(someKeys.accessKeyId.reveal());
});

test('a server that has trouble, or asks for patience, is tried three times and may pass', async () => {
  const { store, server } = await aBucket();
  let troubles = 2;
  server.faults.push(() => {
    troubles -= 1;
    return troubles >= 0 ? { status: 503, code: 'SlowDown' } : null;
  });

  await store.put('a/b', body);

  expect(await text(await store.get('a/b'))).toBe('x');
  server.faults.push(({ method }) => (method === 'GET' ? { status: 500, code: 'InternalError' } : null));
  server.requests.length = 0;
  await expect(store.get('a/b')).rejects.toMatchObject({ kind: 'transient', code: 'objects.unreachable' });
  expect(server.requests.length).toBe(3);
});

test('a server that is not there is transient and names S3_ENDPOINT', async () => {
  const { open } = await aBucket();

  await expect(open({ endpoint: 'http://127.0.0.1:1' }).put('a/b', body)).rejects.toMatchObject({
    kind: 'transient',
    code: 'objects.unreachable',
    message: expect.stringContaining('S3_ENDPOINT'),
  });
});

test('https where the server speaks http is told as that', async () => {
  const server = createServer((_request, response) => response.end());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { open } = await aBucket();

  await expect(open({ endpoint: `https://127.0.0.1:${port}` }).head('a/b')).rejects.toMatchObject({
    kind: 'configuration',
    code: 'objects.no_tls',
    message: expect.stringContaining('S3_ENDPOINT'),
  });
});

test('a storage without space is for a person to mend', async () => {
  const { store, server } = await aBucket();
  server.faults.push(({ method }) => (method === 'PUT' ? { status: 507, code: 'XMinioStorageFull' } : null));

  await expect(store.put('a/b', body)).rejects.toMatchObject({ kind: 'configuration', code: 'objects.full' });
});
