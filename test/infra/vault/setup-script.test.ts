import { execFile } from 'node:child_process';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { processRoles } from '../../../src/domain/roles.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { policiesFolder } from '../../support/vault/installation.ts';
import { parsePolicy } from '../../support/vault/policies.ts';

const script = join(policiesFolder, '..', 'setup.sh');

/** A vault command that keeps what it is asked for and what it reads. */
const standIn = `#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$NOTES/calls"
case "$1 $2" in
  "policy write") cat > "$NOTES/$3.hcl" ;;
  "read -field=role_id") printf 'role-1' ;;
  "write -f") [ "$3" != -field=secret_id ] || printf 'secret-id-1' ;;
  "read database/config/kaggle-agent") exit 2 ;;
esac
case "$*" in *password=-*) cat > "$NOTES/password" ;; esac
`;

async function setUp(...args: string[]) {
  const notes = await tempFolder();
  const command = join(notes, 'vault');
  await writeFile(command, standIn);
  await chmod(command, 0o755);
  const environment = { PATH: process.env.PATH ?? '', NOTES: notes, VAULT_CLI: command };
  const run = async () =>
    await promisify(execFile)('bash', [script, ...args], {
      env: { ...environment, VAULT_DATABASE_ADMIN_PASSWORD: 'canary-password' },
    });
  const { stdout } = await run();
  const calls = (await readFile(join(notes, 'calls'), 'utf8')).trimEnd().split('\n');
  return { notes, stdout, calls };
}

test('the set-up turns on the audit device first, and writes a policy for each role where the secrets lie', async () => {
  const { notes, stdout, calls } = await setUp('--mount', 'kv', '--path', 'team/agent', '--name', 'agent');

  const written = (await readdir(notes)).filter((name) => name.endsWith('.hcl')).sort();
  const patterns = parsePolicy(await readFile(join(notes, 'agent-worker.hcl'), 'utf8')).map(
    ({ pattern }) => pattern,
  );
  expect(written).toEqual(processRoles.map((role) => `agent-${role}.hcl`).sort());
  expect(patterns).toContain('kv/data/team/agent/kaggle');
  expect(patterns).toContain('kv/metadata/team/agent/kaggle');
  expect(patterns).toContain('database/creds/agent');
  expect(patterns.some((pattern) => pattern.startsWith('secret/'))).toBe(false);
  expect(calls.findIndex((call) => call.startsWith('audit enable'))).toBeLessThan(
    calls.findIndex((call) => call.startsWith('secrets enable')),
  );
  expect(stdout).toContain('VAULT_ROLE_ID=role-1');
});

test('an AppRole gets a secret id that ends, in a file for one reader; other logins are made where they are asked for', async () => {
  const folder = await tempFolder();
  const file = join(folder, 'secret-id');
  const { notes, calls } = await setUp(
    ...['--roles', 'bot,scheduler', '--secret-id-file', file, '--kubernetes', 'team:agent'],
    ...['--database', 'postgresql://{{username}}:{{password}}@db/agent', '--database-user', 'vault'],
    '--database-static',
  );

  const role = calls.find((call) => call.startsWith('write auth/approle/role/kaggle-agent ')) ?? '';
  expect(role).toContain('token_policies=kaggle-agent-bot,kaggle-agent-scheduler ');
  expect(role).toContain('secret_id_ttl=720h');
  expect(await readFile(file, 'utf8')).toBe('secret-id-1');
  expect((await stat(file)).mode & 0o077).toBe(0);
  expect(calls.some((call) => call.includes('bound_service_account_names=agent'))).toBe(true);
  expect(calls.some((call) => call.startsWith('write database/static-roles/kaggle-agent'))).toBe(true);
  expect(calls).toContain('write -f database/rotate-root/kaggle-agent');
  expect(calls.join('\n')).not.toContain('canary-password');
  expect(await readFile(join(notes, 'password'), 'utf8')).toBe('canary-password');
});
