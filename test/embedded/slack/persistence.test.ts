import { appendFile, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../../src/embedded/slack/store.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { aClient, aWorkspace, channelId, userId } from './support.ts';

test('a workspace with a folder is the same after a restart', async () => {
  const folder = await tempFolder();
  const before = await aWorkspace({ folder });
  const client = aClient(before);
  const channel = channelId(before);
  await client.conversations.join({ channel });
  const metadata = { event_type: 'kaggle_card', event_payload: { card_id: 'c1' } };
  const { ts = '' } = await client.chat.postMessage({
    channel,
    text: 'card',
    metadata,
    blocks: [{ type: 'divider' }],
  });
  await client.chat.update({ channel, ts, text: 'card 2' });
  const { ts: gone = '' } = await client.chat.postMessage({ channel, text: 'gone' });
  await client.chat.delete({ channel, ts: gone });
  await client.pins.add({ channel, timestamp: ts });
  await client.chat.postEphemeral({ channel, user: userId(before), text: 'only now' });
  await client.views.publish({
    user_id: userId(before),
    view: { type: 'home', blocks: [{ type: 'divider' }] },
  });
  await client.files.uploadV2({ channel_id: channel, file: Buffer.from('a,b\n'), filename: 'a.csv' });
  const shown = before.messages({ channel }).filter(({ ephemeralFor }) => ephemeralFor === null);
  await before.close();

  const after = await aWorkspace({ folder });

  expect([after.botToken, after.appToken, after.signingSecret, after.teamId]).toEqual([
    before.botToken,
    before.appToken,
    before.signingSecret,
    before.teamId,
  ]);
  expect(after.users()).toEqual(before.users());
  expect(after.channels()).toEqual(before.channels());
  expect(after.messages({ channel })).toEqual(shown);
  expect(after.message(channel, ts)).toMatchObject({ text: 'card 2', metadata, isPinned: true });
  expect(after.home(userId(after))).toMatchObject({ type: 'home' });
  expect(after.file(shown.at(-1)?.files[0]?.id ?? '')?.bytes.toString()).toBe('a,b\n');
  const { ts: next = '' } = await aClient(after).chat.postMessage({ channel, text: 'next' });
  expect(Number(next)).toBeGreaterThan(Number(shown.at(-1)?.ts));
});

test('workspaces without a folder share nothing', async () => {
  const [one, other] = [await aWorkspace(), await aWorkspace()];

  expect(one.botToken).not.toBe(other.botToken);
  expect(one.teamId).not.toBe(other.teamId);
});

const schema = z.object({ value: z.number() });

test('a line that a crash cut off is forgotten, a broken one is named', async () => {
  const folder = await tempFolder();
  const store = openStore(folder);
  store.table('numbers', schema).set('a', { value: 1 });
  store.close();
  const path = join(folder, 'workspace.ndjson');
  await appendFile(path, '{"t":"numbers","k":"b","v":{"va');

  expect(openStore(folder).table('numbers', schema).values()).toEqual([{ value: 1 }]);
  await writeFile(path, '{"t":"numbers","k":"b","v":{"value":"text"}}\n');
  expect(() => openStore(folder).table('numbers', schema)).toThrow(
    /cannot read what it kept in .+workspace\.ndjson \(numbers b\)/,
  );
});

test('many edits of few things do not grow the file without end', async () => {
  const folder = await tempFolder();
  const store = openStore(folder);
  const numbers = store.table('numbers', schema);
  for (let value = 0; value < 3000; value += 1) {
    numbers.set('a', { value });
    store.flush();
  }
  numbers.set('b', { value: 1 });
  numbers.delete('b');
  store.close();

  const lines = (await readFile(join(folder, 'workspace.ndjson'), 'utf8')).split('\n');
  expect(lines.length).toBeLessThan(1100);
  expect(openStore(folder).table('numbers', schema).values()).toEqual([{ value: 2999 }]);
});

test('what could not be written is written whole with the next attempt', async () => {
  const folder = await tempFolder();
  const path = join(folder, 'workspace.ndjson');
  const store = openStore(folder);
  const numbers = store.table('numbers', schema);
  numbers.set('a', { value: 1 });
  store.flush();
  await rm(path);
  await mkdir(path);

  numbers.set('b', { value: 2 });
  expect(() => store.flush()).toThrow(/could not write down its messages/);
  await rmdir(path);
  store.close();

  expect(openStore(folder).table('numbers', schema).values()).toEqual([{ value: 1 }, { value: 2 }]);
});

test('a port that is taken is named', async () => {
  const { apiUrl } = await aWorkspace();

  await expect(aWorkspace({ port: Number(new URL(apiUrl).port) })).rejects.toMatchObject({
    code: 'slack_workspace.port_in_use',
  });
});
