import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { createPools } from '../../src/infra/postgres.ts';
import { checkPostgres } from '../../src/infra/postgres-check.ts';
import { freshDatabase } from '../support/database.ts';
import { aPostgresProxy } from '../support/postgres-proxy.ts';
import { silentLog } from '../support/silent-log.ts';
import { databaseFolder, tempFolder } from '../support/temp-folder.ts';

const signal = new AbortController().signal;

/** What a start is told of the address. */
async function refusalOf(address: string): Promise<object> {
  const answer = checkPostgres(address, { signal, patienceMs: 0 });
  const error = await answer.then(
    () => ({}),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ kind: 'configuration', message: expect.stringContaining('DATABASE_URL') });
  expect(JSON.stringify(error)).not.toContain(new URL(address).password);
  return error as object;
}

function changed(address: string, change: (url: URL) => void): string {
  const url = new URL(address);
  change(url);
  return url.href;
}

/** A user of the database who is set up as the statements say, `role` being its name. */
async function aRole(statements: (role: string) => string[]): Promise<string> {
  const { connectionString, adminConnectionString } = await freshDatabase();
  const role = `odd_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  onTestFinished(async () => {
    await admin.query(`drop owned by ${role}`);
    await admin.query(`drop role ${role}`);
    await admin.end();
  });
  await admin.query(`create role ${role} login password 'secret-of-the-role'`);
  for (const statement of statements(role)) await admin.query(statement);
  return changed(connectionString, (url) => {
    url.username = role;
    url.password = 'secret-of-the-role';
  });
}

test('a database that can be worked with says its version', async () => {
  const { connectionString } = await freshDatabase();

  expect(await checkPostgres(connectionString, { signal })).toEqual({
    version: expect.stringMatching(/^\d+/),
    isEncrypted: false,
    hasFewConnections: false,
  });
});

test('a wrong password, user or database is refused in a sentence that names the setting', async () => {
  const { connectionString } = await freshDatabase();
  const withPassword = changed(connectionString, (url) => {
    url.password = 'a-wrong-guess';
  });
  const withUser = changed(connectionString, (url) => {
    url.username = 'nobody-here';
  });
  const withDatabase = changed(connectionString, (url) => {
    url.pathname = '/elsewhere';
  });

  expect(await refusalOf(withPassword)).toMatchObject({ code: 'postgres.login_refused' });
  expect(await refusalOf(withUser)).toMatchObject({ code: 'postgres.login_refused' });
  expect(await refusalOf(withDatabase)).toMatchObject({ code: 'postgres.no_database' });
});

test('a host that does not exist and a port where nobody listens are named', async () => {
  const { connectionString } = await freshDatabase();
  const host = changed(connectionString, (url) => {
    url.hostname = 'no-such-host.invalid';
  });
  const proxy = await aPostgresProxy(connectionString, { isOpen: false });

  expect(await refusalOf(host)).toMatchObject({
    code: 'postgres.unreachable',
    message: expect.stringContaining('no-such-host.invalid'),
  });
  expect(await refusalOf(proxy.url)).toMatchObject({
    code: 'postgres.unreachable',
    message: expect.stringMatching(/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/),
  });
});

test('a database that is still starting is waited for', async () => {
  const { connectionString } = await freshDatabase();
  const proxy = await aPostgresProxy(connectionString, { isOpen: false });
  const checked = checkPostgres(proxy.url, { signal, patienceMs: 20_000 });
  await proxy.open();

  expect(await checked).toMatchObject({ version: expect.any(String) });
});

test('a Postgres that is too old, read-only or full is refused before anything is done in it', async () => {
  // The server's own words, said by a function that stands before it.
  const old = await aRole((role) => [
    'create schema old',
    `grant usage on schema old to ${role}`,
    `create function old.current_setting(name text) returns text language sql as $$
       select case name when 'server_version_num' then '140012' when 'server_version' then '14.12'
                        else pg_catalog.current_setting(name) end $$`,
    `alter role ${role} set search_path = old, pg_catalog`,
  ]);
  const readOnly = await aRole((role) => [`alter role ${role} set default_transaction_read_only = on`]);
  const full = await aRole((role) => [`alter role ${role} connection limit 0`]);
  const narrow = await aRole((role) => [`alter role ${role} connection limit 5`]);

  expect(await refusalOf(old)).toMatchObject({
    code: 'postgres.too_old',
    message: expect.stringContaining('14.12'),
  });
  expect(await refusalOf(readOnly)).toMatchObject({ code: 'postgres.read_only' });
  expect(await refusalOf(full)).toMatchObject({ code: 'postgres.full' });
  expect(await checkPostgres(narrow, { signal })).toMatchObject({ hasFewConnections: true });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A certificate for 127.0.0.1, signed by an authority of its own. */
function makeCertificates(folder: string): { authority: string; certificate: string; key: string } {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2'];
  openssl('req', '-x509', ...newKey, ...authority);
  const server = ['-keyout', 'server.key', '-out', 'server.pem', '-subj', '/CN=database', '-days', '2'];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', '-x509', ...newKey, ...server, ...names, '-CA', 'ca.pem', '-CAkey', 'ca.key');
  return { authority: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') };
}

test.skipIf(!hasOpenssl)(
  'TLS is used as sslmode says: checked against the authority that is given, and refused where it is another',
  async () => {
    const [folder, dataFolder] = [await tempFolder(), await databaseFolder()];
    const { authority, certificate, key } = makeCertificates(folder);
    const strangers = makeCertificates(await tempFolder());
    const started = startEmbeddedPostgres({ dataFolder, log: silentLog, signal });
    const plain = await started;
    await plain.stop();
    const cluster = join(dataFolder, 'postgres', 'cluster');
    const { uid, gid } = statSync(cluster);
    for (const [from, name] of [
      [certificate, 'server.pem'],
      [key, 'server.key'],
    ] as const) {
      copyFileSync(from, join(cluster, name));
      chmodSync(join(cluster, name), 0o600);
      if (process.getuid?.() === 0) chownSync(join(cluster, name), uid, gid);
    }
    const settings = { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key' };
    const server = await startEmbeddedPostgres({ dataFolder, log: silentLog, signal, settings });
    onTestFinished(() => server.stop());
    const address = (mode: string, root?: string) =>
      changed(server.connectionString, (url) => {
        url.searchParams.set('sslmode', mode);
        if (root !== undefined) url.searchParams.set('sslrootcert', root);
      });
    const check = async (mode: string, root?: string) =>
      (await checkPostgres(address(mode, root), { signal, patienceMs: 0 })).isEncrypted;

    expect(await check('disable')).toBe(false);
    expect(await check('require')).toBe(true);
    expect(await check('verify-ca', authority)).toBe(true);
    expect(await check('verify-full', authority)).toBe(true);
    for (const refused of [address('verify-full'), address('verify-full', strangers.authority)]) {
      expect(await refusalOf(refused)).toMatchObject({ code: 'postgres.bad_certificate' });
    }
    const missing = address('verify-full', join(folder, 'none.pem'));
    expect(await refusalOf(missing)).toMatchObject({ message: expect.stringContaining('sslrootcert') });

    const pools = createPools({ connectionString: address('verify-full', authority), log: silentLog });
    onTestFinished(() => pools.close());
    const { rows } = await pools.state.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    expect(rows).toEqual([{ ssl: true }]);
  },
);

test('an address that asks for TLS where there is none is refused, and says what to change', async () => {
  const { connectionString } = await freshDatabase();
  const asked = changed(connectionString, (url) => url.searchParams.set('sslmode', 'require'));

  expect(await refusalOf(asked)).toMatchObject({
    code: 'postgres.no_tls',
    message: expect.stringContaining('sslmode'),
  });
});
