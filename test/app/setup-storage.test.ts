import { expect, onTestFinished, test } from 'vitest';
import { placesIn } from '../../src/app/data-folder.ts';
import { lookAtObjects } from '../../src/app/doctor-objects.ts';
import { openObjects } from '../../src/app/objects.ts';
import { setupStorage } from '../../src/app/setup-storage.ts';
import type { StorageStep } from '../../src/cli/commands.ts';
import { loadSettings } from '../../src/config/load.ts';
import { aBucket, someKeys } from '../support/s3/a-bucket.ts';
import type { S3Options } from '../support/s3/server.ts';
import { silentLog } from '../support/silent-log.ts';
import { tempFolder } from '../support/temp-folder.ts';

const signal = new AbortController().signal;

async function aStorage(server: Partial<S3Options> = {}, environment: Record<string, string> = {}) {
  const { server: s3 } = await aBucket({ server, isVersioned: false });
  const settings = loadSettings({
    environment: {
      KAGGLE_AGENT_DATA: await tempFolder(),
      S3_BUCKET: 'agent',
      S3_ENDPOINT: s3.url,
      AWS_ACCESS_KEY_ID: someKeys.accessKeyId.reveal(),
      AWS_SECRET_ACCESS_KEY: someKeys.secretAccessKey.reveal(),
      ...environment,
    },
    envFile: null,
    flags: {},
    cores: 2,
    baseFolder: '/project',
    homeFolder: '/home/mika',
  });
  const setUp = async (isDryRun = false) => {
    const told: StorageStep[] = [];
    const tell = (step: StorageStep): void => void told.push(step);
    const onProgress = () => undefined;
    const { where, steps } = await setupStorage({ settings }, { signal, onProgress, isDryRun, tell });
    expect(told).toEqual(steps);
    return { where, outcomes: Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome])), steps };
  };
  const doctor = () => lookAtObjects(settings.config, silentLog, signal);
  const check = async () => {
    const places = placesIn(settings.config.general.dataFolder);
    const opened = await openObjects({
      config: settings.config,
      places,
      linkSecret: 'none',
      ownUrl: () => 'http://127.0.0.1',
      now: () => new Date(),
      log: silentLog,
    });
    onTestFinished(() => opened.close());
    await opened.check();
  };
  return { s3, setUp, doctor, check };
}

const all = (outcome: string) => ({
  bucket: outcome,
  versioning: outcome,
  lifecycle: outcome,
  encryption: outcome,
  'public access': outcome,
});

test('a bucket that is not there is made with all that it needs, and a second time changes nothing', async () => {
  const { s3, setUp, doctor } = await aStorage({ buckets: [] });

  const first = await setUp();

  expect(first.outcomes).toEqual(all('changed'));
  expect(first.where).toMatch(/^bucket agent at 127\.0\.0\.1:\d+ \(us-east-1\)$/);
  expect(s3.buckets.get('agent')?.isVersioned).toBe(true);
  s3.requests.length = 0;
  expect((await setUp()).outcomes).toEqual(all('right'));
  expect(s3.requests.every(({ method }) => method === 'GET')).toBe(true);
  expect(await doctor()).toMatchObject({ status: 'ok', next: null });
});

test('a bucket in another region is made there', async () => {
  const { setUp } = await aStorage({ buckets: [], region: 'eu-central-1' }, { S3_REGION: 'eu-central-1' });

  expect((await setUp()).outcomes).toEqual(all('changed'));
});

test('a dry run tells what would change, and changes nothing', async () => {
  const missing = await aStorage({ buckets: [] });
  const plain = await aStorage();

  expect((await missing.setUp(true)).outcomes).toEqual(all('would_change'));
  expect(missing.s3.buckets.size).toBe(0);
  expect((await plain.setUp(true)).outcomes).toEqual({ ...all('would_change'), bucket: 'right' });
  expect(plain.s3.buckets.get('agent')?.isVersioned).toBe(false);
  expect([...missing.s3.requests, ...plain.s3.requests].every(({ method }) => method === 'GET')).toBe(true);
});

test('the lifetime of earlier versions is that of the setting, and follows it', async () => {
  const { s3, setUp } = await aStorage({}, { KAGGLE_AGENT_KEEP_OBJECT_VERSIONS_DAYS: '7' });

  await setUp();

  const stored = s3.buckets.get('agent')?.settings.get('lifecycle') ?? '';
  expect(stored).toContain('<NoncurrentDays>7</NoncurrentDays>');
  expect(stored).toContain('<DaysAfterInitiation>1</DaysAfterInitiation>');
  expect(stored).toContain('<NewerNoncurrentVersions>3</NewerNoncurrentVersions>');
  // No rule lets go of what an object is now, outside of what does not last anyway.
  expect(stored.match(/<Expiration><Days>/g)).toHaveLength(1);
  expect(stored).toMatch(
    /<Expiration><Days>1<\/Days><\/Expiration>.*scratch\/|scratch\/.*<Expiration><Days>1</,
  );
});

test("somebody's own rules stay, and one that would take a competition's record is told", async () => {
  const { s3, setUp, doctor } = await aStorage();
  const rule = (id: string, prefix: string) =>
    `<Rule><ID>${id}</ID><Filter><Prefix>${prefix}</Prefix></Filter><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule>`;
  const put = (...rules: string[]) =>
    s3.buckets
      .get('agent')
      ?.settings.set('lifecycle', `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`);
  put(rule('others', 'scratch/others/'));

  expect((await setUp()).outcomes.lifecycle).toBe('changed');
  const kept = s3.buckets.get('agent')?.settings.get('lifecycle') ?? '';
  expect(kept).toContain('<ID>others</ID>');
  expect(kept).toContain('<ID>kaggle-agent-scratch</ID>');

  const own = /<Rule>.*<\/Rule>/.exec(kept)?.[0] ?? '';
  put(own, rule('everything', ''));
  const { steps } = await setUp();
  expect(steps.find(({ name }) => name === 'lifecycle')).toMatchObject({
    outcome: 'odd',
    text: expect.stringContaining('"everything"'),
  });
  expect(await doctor()).toMatchObject({ status: 'warn', message: expect.stringContaining('"everything"') });
});

test('a server that lacks a part is told, and the rest is set', async () => {
  const { s3, setUp, doctor } = await aStorage({ lacks: ['encryption', 'publicAccessBlock'] });

  expect((await setUp()).outcomes).toEqual({
    ...all('changed'),
    bucket: 'right',
    encryption: 'unsupported',
    'public access': 'unsupported',
  });
  expect(s3.buckets.get('agent')?.isVersioned).toBe(true);
  expect(await doctor()).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('this server has no encryption, no public access'),
  });
});

test('without a bucket in the settings there is nothing to set up', async () => {
  const { setUp } = await aStorage({}, { S3_BUCKET: '', S3_ENDPOINT: '' });

  await expect(setUp()).rejects.toMatchObject({ kind: 'configuration', code: 'objects.no_bucket_set' });
});

test('a right that is missing stops the setting up with a clear sentence', async () => {
  const secret = someKeys.secretAccessKey.reveal();
  const may = (action: string) => action !== 'PutBucketVersioning';
  const { s3, setUp } = await aStorage({ keys: { [someKeys.accessKeyId.reveal()]: { secret, may } } });

  await expect(setUp()).rejects.toMatchObject({ kind: 'configuration', code: 'objects.denied' });
  expect(s3.buckets.get('agent')?.isVersioned).toBe(false);
});

test('doctor warns of a bucket without versions and names the way to mend it', async () => {
  const { doctor } = await aStorage();

  expect(await doctor()).toMatchObject({
    status: 'warn',
    message: expect.stringMatching(/versioning off: what is replaced or removed is gone/),
    next: 'kaggle-agent setup storage',
  });
});

test('doctor names what is wrong with a bucket that cannot be used', async () => {
  const missing = await aStorage({ buckets: [] });
  const secret = someKeys.secretAccessKey.reveal();
  const keyed = (denied: string) =>
    aStorage({ keys: { [someKeys.accessKeyId.reveal()]: { secret, may: (action) => action !== denied } } });

  expect(await missing.doctor()).toMatchObject({
    status: 'error',
    message: expect.stringContaining('There is no bucket agent'),
    next: 'kaggle-agent setup storage',
  });
  for (const right of ['PutObject', 'GetObject', 'ListBucket', 'DeleteObject', 'GetBucketVersioning']) {
    const { doctor } = await keyed(right);
    expect({ right, ...(await doctor()) }).toMatchObject({ right, status: 'error' });
  }
});

test('doctor writes, reads and removes in the folder too, and leaves nothing there', async () => {
  const { doctor } = await aStorage({}, { S3_BUCKET: '', S3_ENDPOINT: '' });

  expect(await doctor()).toMatchObject({
    status: 'ok',
    message: expect.stringMatching(/^folder .* GB free$/),
  });
});

test('a start is refused where the settings of the bucket cannot work, and waits for one that is away', async () => {
  const good = await aStorage();
  const missing = await aStorage({ buckets: [] });
  const elsewhere = await aStorage({ region: 'eu-central-1' });
  const away = await aStorage({}, { S3_ENDPOINT: 'http://127.0.0.1:1' });

  await good.check();
  await expect(missing.check()).rejects.toMatchObject({ code: 'objects.no_bucket' });
  await expect(elsewhere.check()).rejects.toMatchObject({ code: 'objects.wrong_region' });
  await away.check();
});

test('doctor leaves no probe in the bucket', async () => {
  const { s3, setUp, doctor } = await aStorage();
  await setUp();

  await doctor();

  const latest = [...(s3.buckets.get('agent')?.states.values() ?? [])].map((states) => states.at(-1));
  expect(latest.every((state) => state?.isMarker)).toBe(true);
});
