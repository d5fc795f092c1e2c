import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { defaultZipLimits, extractZip, type ZipLimits } from '../../../src/providers/zip.ts';
import { tempFolder } from '../../support/temp-folder.ts';

type Member = { name: string; content?: string | Buffer; mode?: number };

async function aZip(folder: string, members: Member[]): Promise<string> {
  const zip = new ZipFile();
  for (const { name, content = 'x', mode = 0o100644 } of members)
    zip.addBuffer(Buffer.from(content), name, { mode });
  zip.end();
  const file = join(folder, 'some.zip');
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}

async function unzip(file: string, limits: Partial<ZipLimits> = {}) {
  const folder = join(file, '../out');
  await mkdir(folder, { recursive: true });
  const names = await extractZip({
    vendor: 'kaggle',
    file,
    folder,
    limits: { ...defaultZipLimits, ...limits },
    signal: new AbortController().signal,
  });
  return { folder, names };
}

/** Writes another name of the same length into an archive; yazl itself refuses bad ones. */
async function rename(file: string, from: string, to: string): Promise<void> {
  const bytes = await readFile(file);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  await writeFile(file, bytes);
}

test('files and folders come out as they are', async () => {
  const file = await aZip(await tempFolder(), [
    { name: 'train.csv', content: 'a,b\n1,2\n' },
    { name: 'images/a/ß.txt', content: 'deep' },
    { name: '__MACOSX/._train.csv' },
  ]);

  const { folder, names } = await unzip(file);

  expect(names).toEqual(['train.csv', 'images/a/ß.txt']);
  expect(await readFile(join(folder, 'train.csv'), 'utf8')).toBe('a,b\n1,2\n');
  expect(await readFile(join(folder, 'images/a/ß.txt'), 'utf8')).toBe('deep');
});

test.each([
  '../evil.txt',
  '/etc/passwd',
  'C:/tt.txt.x',
  'aa/../../bb',
  'a\\..\\..\\bbb',
  './evil.txtx',
  'ab\ncd.txtxx',
  'aa//bb.txt.',
])('a path %j leads nowhere, and nothing is written', async (name) => {
  const plain = 'abcdefghijklmnop'.slice(0, name.length);
  const file = await aZip(await tempFolder(), [{ name: 'first.txt' }, { name: plain }]);
  await rename(file, plain, name);

  await expect(unzip(file)).rejects.toMatchObject({ kind: 'business', code: 'kaggle.unsafe_archive' });

  expect(await readdir(join(file, '../out'))).toEqual([]);
});

test.each([
  ['a symbolic link', 0o120777],
  ['a FIFO', 0o010644],
  ['a device', 0o060644],
])('%s is refused', async (_name, mode) => {
  const file = await aZip(await tempFolder(), [{ name: 'link', content: '/etc/passwd', mode }]);

  await expect(unzip(file)).rejects.toMatchObject({ code: 'kaggle.unsafe_archive' });
});

test.each([
  ['twice the same', ['a.csv', 'a.csv']],
  ['twins that differ in case', ['a.csv', 'A.CSV']],
  ['a file that is also a folder', ['a', 'a/b']],
])('%s is refused', async (_name, names) => {
  const file = await aZip(
    await tempFolder(),
    names.map((name) => ({ name })),
  );

  await expect(unzip(file)).rejects.toMatchObject({ code: 'kaggle.unsafe_archive' });
});

test.each([
  ['too many entries', { maxEntries: 1 }],
  ['too many bytes', { maxBytes: 1_000 }],
  ['a ratio that no real data has', { maxRatio: 10, freeBytes: 1_000 }],
])('an archive with %s is refused before anything is written', async (_name, limits) => {
  const file = await aZip(await tempFolder(), [
    { name: 'zeros', content: Buffer.alloc(1_000_000) },
    { name: 'other', content: 'x' },
  ]);

  await expect(unzip(file, limits)).rejects.toMatchObject({ code: 'kaggle.unsafe_archive' });
  expect(await readdir(join(file, '../out'))).toEqual([]);
});

/** The offsets of the headers in the archive's own list. */
function listedAt(bytes: Buffer): number[] {
  const found: number[] = [];
  const signature = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
  for (let at = bytes.indexOf(signature); at >= 0; at = bytes.indexOf(signature, at + 1)) found.push(at);
  return found;
}

test('an encrypted archive is refused', async () => {
  const file = await aZip(await tempFolder(), [{ name: 'a.csv' }]);
  const bytes = await readFile(file);
  for (const at of listedAt(bytes)) bytes.writeUInt16LE(bytes.readUInt16LE(at + 8) | 1, at + 8);
  await writeFile(file, bytes);

  await expect(unzip(file)).rejects.toMatchObject({ code: 'kaggle.unsafe_archive' });
});

test('entries that share their bytes are a bomb', async () => {
  const content = randomBytes(10_000);
  const names = ['a', 'b', 'c'];
  const file = await aZip(
    await tempFolder(),
    names.map((name) => ({ name, content: name === 'a' ? content : 'x' })),
  );
  const bytes = await readFile(file);
  const [first = 0, ...others] = listedAt(bytes);
  for (const at of others) bytes.copy(bytes, at + 16, first + 16, first + 28);
  for (const at of others) bytes.copy(bytes, at + 42, first + 42, first + 46);
  await writeFile(file, bytes);

  await expect(unzip(file)).rejects.toMatchObject({
    code: 'kaggle.unsafe_archive',
    message: expect.stringContaining('overlap'),
  });
});

test('a header that lies about the size ends the unpacking', async () => {
  const file = await aZip(await tempFolder(), [{ name: 'zeros', content: Buffer.alloc(1_000_000) }]);
  const bytes = await readFile(file);
  const header = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  bytes.writeUInt32LE(1_000, header + 24);
  await writeFile(file, bytes);

  await expect(unzip(file)).rejects.toMatchObject({ code: 'kaggle.damaged_archive' });
});

test('bytes that differ from their checksum are noticed', async () => {
  const file = await aZip(await tempFolder(), [{ name: 'a.bin', content: 'hello hello hello' }]);
  const bytes = await readFile(file);
  const header = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  bytes.writeUInt32LE(1, header + 16);
  await writeFile(file, bytes);

  await expect(unzip(file)).rejects.toMatchObject({ code: 'kaggle.damaged_archive' });
});

test('what is no archive is damaged', async () => {
  const file = join(await tempFolder(), 'some.zip');
  await writeFile(file, 'PK\u0003\u0004 and nothing more');

  await expect(unzip(file)).rejects.toMatchObject({ kind: 'business', code: 'kaggle.damaged_archive' });
});

test('a link that waits in the folder is not written through', async () => {
  const file = await aZip(await tempFolder(), [{ name: 'train.csv', content: 'new' }]);
  const victim = join(file, '../victim');
  await writeFile(victim, 'old');
  await mkdir(join(file, '../out'));
  await symlink(victim, join(file, '../out/train.csv'));

  await expect(unzip(file)).rejects.toMatchObject({ code: 'kaggle.unsafe_archive' });
  expect(await readFile(victim, 'utf8')).toBe('old');
});
