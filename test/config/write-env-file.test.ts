import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editEnvText, writeEnvFile } from '../../src/config/write-env-file.ts';
import { tempFolder } from '../support/temp-folder.ts';

const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);
const token = fc.stringMatching(/^[\w.:/@+=,-]{1,40}$/);
/** Printable, of one line, without the blanks at its ends that a reader takes away. */
const anyValue = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.trim() === text && text !== '')
  .filter((text) => !(text.includes("'") && text.includes('`')));
const comment = fc.stringMatching(/^# ?[A-Za-z '"=]{0,20}$/);
const innerText = fc.stringMatching(/^[A-Z0-9=# \n]{0,20}$/);
const line = fc.oneof(
  fc.constant(''),
  comment,
  fc.tuple(name, token).map(([key, value]) => `${key}=${value}`),
  fc.tuple(name, token).map(([key, value]) => `  export ${key} = ${value}`),
  fc.tuple(name, token, comment).map(([key, value, words]) => `${key}=${value} ${words}`),
  fc.tuple(name, innerText, comment).map(([key, value, words]) => `${key}='${value}' ${words}`),
  fc.tuple(name, innerText).map(([key, value]) => `${key}="${value}"`),
  fc.tuple(name, token).map(([key, value]) => `#${key}=${value}`),
);
const envText = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, isClosed]) => `${lines.join('\n')}${isClosed ? '\n' : ''}`.replaceAll('\n', end));

const read = (text: string) => parseEnv(text.replaceAll('\r\n', '\n'));

test('what was set is read back, and every other name keeps its value', () => {
  fc.assert(
    fc.property(envText, name, anyValue, (before, key, value) => {
      const after = editEnvText(before, { [key]: value });

      expect(read(after)).toEqual({ ...read(before), [key]: value });
    }),
    { numRuns: 500 },
  );
});

test('no comment and no empty line is lost or moved', () => {
  const comments = (text: string) => text.split(/\r?\n/).filter((one) => /^\s*#/.test(one));
  // A value of several lines may hold what looks like a comment, and goes away as a whole.
  const simple = envText.filter((text) => !/['"]/.test(text));
  fc.assert(
    fc.property(simple, name, token, (before, key, value) => {
      const after = editEnvText(before, { [key]: value });

      expect(comments(after)).toEqual(comments(before));
      expect(after.split('\n').length - before.split('\n').length).toBeLessThanOrEqual(2);
    }),
  );
});

test('setting the same again changes nothing', () => {
  fc.assert(
    fc.property(envText, name, anyValue, (before, key, value) => {
      const once = editEnvText(before, { [key]: value });

      expect(editEnvText(once, { [key]: value })).toBe(once);
    }),
  );
});

test('a value is replaced where it stands, with its comment and its export', () => {
  const before = '# mine\nexport SLACK_CHANNEL = C1 # home\nPORT=1\n';

  expect(editEnvText(before, { SLACK_CHANNEL: 'C2' })).toBe(
    '# mine\nexport SLACK_CHANNEL=C2 # home\nPORT=1\n',
  );
});

test('a new value goes below its commented-out example, else to the end', () => {
  const before = '# Token.\n#SLACK_BOT_TOKEN=xoxb-…\n\n# Port.\n#PORT=1';

  expect(editEnvText(before, { SLACK_BOT_TOKEN: 'xoxb-1', PORT: '2' })).toBe(
    '# Token.\n#SLACK_BOT_TOKEN=xoxb-…\nSLACK_BOT_TOKEN=xoxb-1\n\n# Port.\n#PORT=1\nPORT=2\n',
  );
});

test('an assignment inside of a quoted value is text and stays', () => {
  const before = "NOTE='first\nPORT=1\nlast'\n";

  expect(editEnvText(before, { PORT: '2' })).toBe(`${before}PORT=2\n`);
});

test.each(['two\nlines', 'all \' " ` of them', 'a\u0000b', 'a\u2028b'])('%j is refused', (value) => {
  expect(() => editEnvText('', { TOKEN: value })).toThrow(
    expect.objectContaining({ code: 'config.unwritable_value', message: expect.not.stringContaining(value) }),
  );
});

test('a line that would swallow the new one is told instead of losing the value', () => {
  expect(() => editEnvText('EMPTY= \n', { TOKEN: 'x' })).toThrow(
    expect.objectContaining({ code: 'config.env_unclear' }),
  );
});

test('the file is made for its owner alone, and an open one is closed to others', async () => {
  const folder = await tempFolder();
  const file = join(folder, '.env');

  await writeEnvFile(file, { TOKEN: 'one' });
  expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['TOKEN=one\n', 0o600]);

  await chmod(file, 0o644);
  await writeEnvFile(file, { TOKEN: 'two' });
  expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['TOKEN=two\n', 0o600]);
  expect(await readdir(folder)).toEqual(['.env']);
});

test('a link stays a link, and its file is written', async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, 'real.env'), 'A=1\n');
  await symlink(join(folder, 'real.env'), join(folder, '.env'));

  await writeEnvFile(join(folder, '.env'), { A: '2' });

  expect(await readFile(join(folder, 'real.env'), 'utf8')).toBe('A=2\n');
  expect((await readdir(folder)).toSorted()).toEqual(['.env', 'real.env']);
});

test('a file that cannot be written is told, and nothing is left behind', async () => {
  const folder = await tempFolder();
  await mkdir(join(folder, '.env'));

  await expect(writeEnvFile(join(folder, '.env'), { A: '1' })).rejects.toMatchObject({
    code: 'config.env_not_writable',
  });
  await expect(writeEnvFile(join(folder, 'no/such/.env'), { A: '1' })).rejects.toMatchObject({
    code: 'config.env_not_writable',
  });
  expect(await readdir(folder)).toEqual(['.env']);
});
