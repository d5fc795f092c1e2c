import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { lookAtSecrets } from '../../src/app/doctor-secrets.ts';
import { createOpenCommands } from '../../src/app/open-commands.ts';
import { openSettings } from '../../src/app/open-settings.ts';
import type { SecretsDemand } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { Secret } from '../../src/config/secret.ts';
import type { Logging } from '../../src/infra/logger.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { anInstallation, roleId, secretId } from '../support/vault/installation.ts';
import type { VaultEmulator } from '../support/vault/start-vault.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

function environmentOf(vault: VaultEmulator, more: Record<string, string> = {}): Record<string, string> {
  return { VAULT_ADDR: vault.url, VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId, ...more };
}

const closeAfterTest = (logging: Logging) => onTestFinished(() => logging.close());

type Given = {
  vault?: VaultEmulator;
  environment: Record<string, string>;
  envFile?: string;
  secrets?: SecretsDemand;
  mayBeIncomplete?: boolean;
};

async function opened({ vault, environment, envFile, secrets = 'needed', mayBeIncomplete = false }: Given) {
  const workingFolder = await tempFolder();
  if (envFile !== undefined) await writeFile(join(workingFolder, '.env'), envFile);
  const found = await openSettings(
    {
      environment,
      workingFolder,
      stderr: { write: () => undefined },
      onOpened: closeAfterTest,
      ...(vault === undefined ? {} : { now: () => new Date(vault.nowMs()) }),
    },
    {
      flags: {},
      isDemo: false,
      isVerbose: false,
      canAsk: false,
      mayBeIncomplete,
      toleratesFaults: false,
      secrets,
    },
    soon(),
  );
  onTestFinished(() => found.vault?.close());
  return found;
}

type Opened = Awaited<ReturnType<typeof opened>>;

function secretOf({ settings }: Opened, env: string): Secret | undefined {
  return settings.cells.find((cell) => cell.env === env)?.secret;
}

/** What doctor says of the secrets. */
function look({ settings, vault, failure: vaultFailure }: Opened) {
  return lookAtSecrets({ settings, vault, vaultFailure }, soon());
}

test('what is set nowhere else comes from Vault, and says so', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_of-vault' });
  vault.keyValues.put('kaggle-agent/redis', { REDIS_URL: 'redis://:canary@redis.example.org' });
  vault.keyValues.put('kaggle-agent/heartbeat', { HEARTBEAT_URL: 'https://vault.example.org/hidden' });

  const found = await opened({
    environment: environmentOf(vault, { HEARTBEAT_URL: 'https://here.example.org/beat' }),
  });

  const { config, report } = found.settings;
  const fromOf = (env: string) => report.find((one) => one.env === env);
  expect(config.kaggle.access).toMatchObject({ kind: 'bearer' });
  expect(secretOf(found, 'KAGGLE_API_TOKEN')?.reveal()).toBe('KGAT_of-vault');
  expect(fromOf('KAGGLE_API_TOKEN')).toMatchObject({ from: 'vault', value: 'set', hidesVault: false });
  expect(fromOf('HEARTBEAT_URL')).toMatchObject({ from: 'environment', hidesVault: true });
  expect(fromOf('PORT')).toMatchObject({ from: 'default' });
  expect(inspect(report, { depth: 9 })).not.toContain('canary');
});

test('a value in Vault that is wrong is named as any other, without the value', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/redis', { REDIS_URL: 'http://canary.example.org' });

  const opening = opened({ environment: environmentOf(vault) });

  await expect(opening).rejects.toMatchObject({ code: 'config.invalid' });
  await expect(opening).rejects.toThrow(/REDIS_URL: must be an address/);
  expect(inspect(await opening.catch((error: unknown) => error), { depth: 9 })).not.toContain('canary');
  expect(vault.tokens.count()).toBe(0);
});

test('a rotation reaches everybody who holds the secret, and the log learns the new value', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_first-value' });
  const found = await opened({ vault, environment: environmentOf(vault) });
  const { access } = found.settings.config.kaggle;
  const held = access?.kind === 'bearer' ? access.token : undefined;
  const told: string[] = [];
  held?.onChange(() => told.push('changed'));

  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_second-value' });
  vault.advance(61);
  await found.vault?.keeper.tick(soon());

  expect(held?.reveal()).toBe('KGAT_second-value');
  expect(told).toEqual(['changed']);
  expect(found.logging.clean('KGAT_first-value and KGAT_second-value')).toBe('[redacted] and [redacted]');
});

test('the login of the database is put into its address, and follows Vault', async () => {
  const vault = await anInstallation();
  vault.databases.roles.set('kaggle-agent', { ttlSeconds: 3_600, maxTtlSeconds: 86_400 });
  const found = await opened({
    environment: environmentOf(vault, {
      DATABASE_URL: 'postgres://nobody:nothing@db.example.org:5433/agent?sslmode=require',
      VAULT_DATABASE_ROLE: 'kaggle-agent',
    }),
  });

  const url = new URL(secretOf(found, 'DATABASE_URL')?.reveal() ?? '');
  const made = found.vault?.parts.databaseLogin?.current();

  expect(`${url.host}${url.pathname}${url.search}`).toBe('db.example.org:5433/agent?sslmode=require');
  expect(decodeURIComponent(url.username)).toBe(made?.username);
  expect(decodeURIComponent(url.password)).toBe(made?.password);
  expect(found.logging.clean(`the password is ${made?.password}`)).toBe('the password is [redacted]');
});

test('an address in Vault and a login of Vault go together', async () => {
  const vault = await anInstallation();
  vault.databases.staticRoles.set('kaggle-agent', {
    username: 'kaggle_agent',
    password: 'of-today',
    rotationSeconds: 3_600,
    rotatedAtMs: vault.nowMs(),
  });
  vault.keyValues.put('kaggle-agent/database', { DATABASE_URL: 'postgres://db.example.org/agent' });
  const found = await opened({
    vault,
    environment: environmentOf(vault, {
      VAULT_DATABASE_ROLE: 'kaggle-agent',
      VAULT_DATABASE_ROLE_KIND: 'static',
    }),
  });
  const address = secretOf(found, 'DATABASE_URL');
  const before = address?.reveal();

  vault.keyValues.put('kaggle-agent/database', { DATABASE_URL: 'postgres://db2.example.org/agent' });
  vault.advance(61);
  await found.vault?.keeper.tick(soon());

  expect(address?.reveal()).toBe('postgres://kaggle_agent:of-today@db2.example.org/agent');
  expect(before).toBe('postgres://kaggle_agent:of-today@db.example.org/agent');
});

test('a sealed Vault ends what needs secrets, and leaves alone what does not', async () => {
  const vault = await anInstallation();
  vault.mood.isSealed = true;
  const environment = environmentOf(vault, { SLACK_APP_TOKEN: 'xapp-the-other-half-lies-in-vault' });

  const needed = opened({ environment });
  await expect(needed).rejects.toMatchObject({ code: 'vault.sealed', kind: 'configuration' });
  const wanted = await opened({ environment, secrets: 'wanted' });
  const callsBefore = vault.calls.length;
  const unused = await opened({ environment, secrets: 'unused' });

  expect(wanted.failure).toMatchObject({ code: 'vault.sealed' });
  expect([unused.failure, unused.vault, vault.calls.length - callsBefore]).toEqual([null, null, 0]);
  expect(await look(wanted)).toMatchObject({ status: 'error', next: 'vault operator unseal' });
});

test.each([
  { given: { VAULT_ADDR: 'http://127.0.0.1:1' }, code: 'vault.no_login' },
  { given: { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_ROLE_ID: 'r' }, code: 'vault.no_login' },
  { given: { VAULT_DATABASE_ROLE: 'r', DATABASE_URL: 'postgres://db/agent' }, code: 'config.invalid' },
])('half a setting is refused before Vault is asked: $given', async ({ given, code }) => {
  await expect(opened({ environment: given })).rejects.toMatchObject({ code });
});

test('doctor tells the login, each secret with its version and age, and what is odd', async () => {
  const vault = await anInstallation();
  const old = new Date(vault.nowMs() - 100 * 86_400_000);
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_old', KAGGLE_API_TOKN: 'x' }, old);
  vault.keyValues.put('kaggle-agent/discord', { DISCORD_TOKEN: 'patient' }, old);
  vault.keyValues.setCustom('kaggle-agent/discord', { renew_after_days: '365' });
  vault.keyValues.put('kaggle-agent/heartbeat', { HEARTBEAT_URL: 'https://vault.example.org' });
  const found = await opened({
    environment: environmentOf(vault, {
      HEARTBEAT_URL: 'https://here.example.org',
      DISCORD_GUILD_ID: '1',
      DISCORD_CHANNEL_ID: '2',
    }),
  });

  const finding = await look(found);

  expect(finding.status).toBe('warn');
  expect(finding.message).toMatch(/AppRole, 60 min left, renewed/);
  expect(finding.message).toMatch(/kaggle v1 100 d old/);
  expect(finding.message).toMatch(/kaggle is 100 days old/);
  expect(finding.message).not.toMatch(/discord is 100 days old/);
  expect(finding.message).toMatch(/KAGGLE_API_TOKN .* did you mean KAGGLE_API_TOKEN\?/);
  expect(finding.message).toMatch(/HEARTBEAT_URL from the environment hides the one in Vault/);
  expect(finding.message).not.toMatch(/KGAT_old|patient/);
});

test('doctor asks Vault what our token may do, and names what is closed to it', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_one' });
  const found = await opened({ environment: environmentOf(vault) });
  vault.appRole.policies = ['kaggle-agent-scheduler'];
  for (const role of ['bot', 'worker', 'ops']) vault.policies.delete(`kaggle-agent-${role}`);

  const finding = await look(found);

  expect(finding).toMatchObject({ status: 'error' });
  expect(finding.message).toMatch(/may not read .*secret\/data\/kaggle-agent\/kaggle/);
});

test('with nothing in Vault doctor says where it looked', async () => {
  const vault = await anInstallation();
  const found = await opened({ environment: environmentOf(vault) });

  expect(await look(found)).toMatchObject({
    status: 'warn',
    next: expect.stringContaining('VAULT_MOUNT'),
  });
});

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

async function run(arguments_: readonly string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, [program, ...arguments_], {
    cwd: await tempFolder(),
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NO_COLOR: '1', ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let written = '';
  child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, written };
}

test('the program itself shows what comes from Vault, ends by itself, and gives its token back', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_canary' });

  const { code, written } = await run(['config'], environmentOf(vault));

  expect(code).toBe(0);
  expect(written).toMatch(/KAGGLE_API_TOKEN\s+set\s+from vault/);
  expect(written).not.toContain('canary');
  await expect.poll(() => vault.tokens.count(), { timeout: 20_000 }).toBe(0);
});

test('the command line says what is wrong with Vault, in a sentence, and ends with an exit code', async () => {
  const vault = await anInstallation();
  vault.appRole.secretIds.clear();
  const screen = { text: '', write: (text: string) => (screen.text += text) };
  const environment = environmentOf(vault, { VAULT_SECRET_ID: 'canary-id' });
  const workingFolder = await tempFolder();

  const code = await runCli({
    args: ['list'],
    open: createOpenCommands({ environment, workingFolder, stderr: screen, onOpened: closeAfterTest }),
    stdout: screen,
    stderr: screen,
    environment: { NO_COLOR: '1' },
    isInteractive: false,
    signal: soon(),
    version: '0.0.0',
    now: () => new Date(),
    report: () => ({ ref: 'e_TEST', logFile: 'agent.log' }),
  });

  expect(code).toBeGreaterThan(0);
  expect(screen.text).toMatch(/error {2}Vault does not let us in by AppRole/);
  expect(screen.text).not.toMatch(/canary|at .*\.ts:/);
});
