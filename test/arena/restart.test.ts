import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startArena } from '../../src/arena/server.ts';
import {
  anArena,
  aSubmission,
  call,
  competitionName,
  judge,
  listOf,
  put,
  startUpload,
  submit,
  type TestArena,
  upload,
} from './support.ts';

async function restarted(arena: TestArena): Promise<TestArena> {
  await arena.close();
  const { folders, stateFolder } = arena.options;
  return anArena({ folders, stateFolder, clock: arena.clock, behaviour: arena.options.behaviour ?? {} });
}

const journalOf = (arena: TestArena) => join(arena.options.stateFolder, 'journal.jsonl');

test('a restart loses no submission and doubles none', async () => {
  const before = await anArena({ behaviour: { pendingPolls: 0 } });
  const refs = [];
  for (const right of [4, 7])
    refs.push((await submit(before, aSubmission(right), `right ${right}`)).body.ref);
  const shown = await listOf(before);

  const after = await restarted(before);
  const next = (await submit(after, aSubmission(9))).body.ref;

  expect((await listOf(after)).slice(1)).toEqual(shown);
  expect(next).toBe(Math.max(...refs) + 1);
  expect((await call(after, 'GetSubmissionLimits', { competitionName })).body).toMatchObject({ numToday: 3 });
});

test('a used token stays used, an unused one stays good', async () => {
  const before = await anArena();
  const used = await upload(before, aSubmission());
  const unused = await upload(before, aSubmission(5));
  await call(before, 'CreateSubmission', { competitionName, blobFileTokens: used });

  const after = await restarted(before);

  expect((await call(after, 'CreateSubmission', { competitionName, blobFileTokens: used })).status).toBe(400);
  expect((await call(after, 'CreateSubmission', { competitionName, blobFileTokens: unused })).status).toBe(
    200,
  );
});

test('an upload goes on after a restart', async () => {
  const before = await anArena();
  const content = aSubmission();
  const n = content.length;
  const { createUrl, token } = await startUpload(before, content);
  await put(createUrl, content.slice(0, 10), { 'content-range': `bytes 0-9/${n}` });

  const after = await restarted(before);
  const moved = createUrl.replace(before.storageUrl, after.storageUrl);
  const asked = await put(moved, '', { 'content-range': `bytes */${n}` });
  const rest = await put(moved, content.slice(10), { 'content-range': `bytes 10-${n - 1}/${n}` });

  expect(asked.headers.get('range')).toBe('bytes=0-9');
  expect(rest.status).toBe(200);
  expect((await call(after, 'CreateSubmission', { competitionName, blobFileTokens: token })).status).toBe(
    200,
  );
});

test('a scored submission does not become pending again, and a closed practice stays closed', async () => {
  const before = await anArena();
  await submit(before, aSubmission(8));
  const verdict = await judge(before, 'close');

  const after = await restarted(before);

  expect(await listOf(after)).toMatchObject([{ status: 'COMPLETE', privateScore: '0.50000' }]);
  expect((await submit(after, aSubmission())).status).toBe(400);
  expect((await judge(after, 'close')).body).toEqual(verdict.body);
});

test('a line that a crash cut off was never acknowledged and goes', async () => {
  const before = await anArena();
  await submit(before, aSubmission());
  const whole = await readFile(journalOf(before), 'utf8');
  await before.close();
  await appendFile(journalOf(before), '{"type":"submission_cre');

  const after = await restarted(before);
  await submit(after, aSubmission());

  expect(await readFile(journalOf(after), 'utf8')).toMatch(whole);
  expect(await listOf(await restarted(after))).toHaveLength(2);
});

test('a journal that cannot be read is named with its line', async () => {
  const before = await anArena();
  await submit(before, aSubmission());
  await before.close();
  const lines = (await readFile(journalOf(before), 'utf8')).split('\n');
  await writeFile(journalOf(before), [lines[0], 'nonsense', ...lines.slice(1)].join('\n'));

  await expect(startArena(before.options)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'arena.bad_journal',
    message: expect.stringContaining('line 2'),
  });
});

test('two arenas in one folder do not mix their entries', async () => {
  const first = await anArena();
  const second = await anArena({ folders: first.options.folders, stateFolder: first.options.stateFolder });

  const accepted = await submit(first, aSubmission());
  const refused = await call(second, 'StartSubmissionUpload', {
    competitionName,
    fileName: 'a.csv',
    contentLength: 1,
  });

  expect(accepted.status).toBe(200);
  expect(refused).toMatchObject({ status: 500, body: { error: { code: 500, status: 'INTERNAL' } } });
});
