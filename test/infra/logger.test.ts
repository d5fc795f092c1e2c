import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSecret } from '../../src/config/secret.ts';
import { ConfigurationFailure } from '../../src/domain/errors.ts';
import { createLogger } from '../../src/infra/logger.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kaggle-agent-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function reader(): { text: string; write(text: string): void } {
  return {
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

test('a line is JSON in the file and readable where asked', () => {
  const file = join(scratch(), 'logs', 'agent.log');
  const screen = reader();
  const { log, close } = createLogger({ level: 'info', file, readable: screen });

  log.child({ competition: 'titanic' }).info({ round: 2 }, 'round started');
  log.debug({}, 'not said at this level');
  close();

  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 30, competition: 'titanic', round: 2, msg: 'round started' },
  ]);
  expect(screen.text).toMatch(/^\d\d:\d\d:\d\d info {2}round started {2}competition=titanic {2}round=2\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a secret is taken out by its value, in every field, form and error', () => {
  const file = join(scratch(), 'agent.log');
  const screen = reader();
  const token = 'KGAT_a"b/c\\d-e';
  const logging = createLogger({ level: 'info', file, readable: screen, secrets: [createSecret(token)] });
  logging.addSecrets([createSecret('postgres://agent:p%40ss-word@db.example.org/agent')]);

  logging.log.info({ url: `https://x.example/?t=${encodeURIComponent(token)}` }, `called with ${token}`);
  logging.log.error(
    { err: new ConfigurationFailure('refused', { code: 'x.refused', cause: new Error(`bad p@ss-word`) }) },
    'call failed',
  );
  logging.close();

  const written = `${readFileSync(file, 'utf8')}${screen.text}${logging.lastLines().join('\n')}`;
  for (const form of [token, 'a\\"b', encodeURIComponent(token), 'p@ss-word', 'p%40ss-word']) {
    expect(written).not.toContain(form);
  }
  expect(written).toContain('[redacted]');
});

test('fields that hold credentials are redacted by name; a fencing token, which is a number, stays', () => {
  const { log, lastLines } = createLogger({ level: 'info', file: null });

  log.info({ headers: { authorization: 'Bearer abc' }, token: 'abc', job: { token: 7 } }, 'request');

  expect(JSON.parse(lastLines()[0] ?? '')).toMatchObject({
    headers: { authorization: '[redacted]' },
    token: '[redacted]',
    job: { token: 7 },
  });
});

test('the last 200 lines are kept for diagnostics', () => {
  const { log, lastLines } = createLogger({ level: 'info', file: null });

  for (let index = 0; index < 250; index += 1) log.info({ index }, 'line');

  const kept = lastLines().map((line): unknown => JSON.parse(line).index);
  expect(kept).toHaveLength(200);
  expect([kept[0], kept.at(-1)]).toEqual([50, 249]);
});

test('the file is set aside by size and only so many old ones are kept', () => {
  const file = join(scratch(), 'agent.log');
  const { log, close } = createLogger({ level: 'info', file, maxFileBytes: 400, keptFiles: 2 });

  for (let index = 0; index < 40; index += 1) log.info({ index }, 'line');
  close();

  expect(statSync(file).size).toBeLessThanOrEqual(400);
  expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(400);
  expect([existsSync(`${file}.2`), existsSync(`${file}.3`)]).toEqual([true, false]);
  expect(readFileSync(file, 'utf8')).toContain('"index":39');
});

test('a log file that cannot be written is told once and stops nothing', () => {
  const blocked = join(scratch(), 'file');
  writeFileSync(blocked, '');
  const screen = reader();
  const { log, lastLines } = createLogger({
    level: 'info',
    file: join(blocked, 'agent.log'),
    readable: screen,
  });

  log.info({}, 'first');
  log.info({}, 'second');

  expect(lastLines()).toHaveLength(2);
  expect(screen.text.match(/the log file cannot be written/g)).toHaveLength(1);
});
