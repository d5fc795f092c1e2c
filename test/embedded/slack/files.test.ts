import { expect, test } from 'vitest';
import { aClient, aWorkspace, channelId } from './support.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const imageOf = (id: string) => [{ type: 'image' as const, alt_text: 'a chart', slack_file: { id } }];

async function upload(client: ReturnType<typeof aClient>, content: Buffer, filename: string) {
  const promised = await client.files.getUploadURLExternal({ filename, length: content.length });
  const response = await fetch(promised.upload_url ?? '', { method: 'POST', body: new Uint8Array(content) });
  return { id: promised.file_id ?? '', status: response.status };
}

test('the real client uploads a file into a thread', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'card' });

  await client.files.uploadV2({
    channel_id: channel,
    thread_ts: ts,
    file: Buffer.from('line 1\nline 2\n'),
    filename: 'titanic.log',
    initial_comment: 'The log',
  });

  const [message] = workspace.messages({ channel, threadTs: ts });
  expect(message).toMatchObject({
    text: 'The log',
    isBot: true,
    files: [{ name: 'titanic.log', mimetype: 'text/plain' }],
  });
  expect(workspace.file(message?.files[0]?.id ?? '')?.bytes.toString()).toBe('line 1\nline 2\n');
});

test('a block shows a file only when it is complete, an image, and looked at', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const post = (id: string) => client.chat.postMessage({ channel, text: 'chart', blocks: imageOf(id) });

  const chart = await upload(client, png, 'chart.png');
  await expect(post(chart.id)).rejects.toThrow('invalid_blocks');
  await client.files.completeUploadExternal({ files: [{ id: chart.id, title: 'Chart' }] });
  await expect(post(chart.id)).resolves.toMatchObject({ ok: true });

  const text = await upload(client, Buffer.from('no image'), 'text.png');
  await client.files.completeUploadExternal({ files: [{ id: text.id }] });
  await expect(post(text.id)).rejects.toThrow('invalid_blocks');

  workspace.faults.slowFiles(1);
  const slow = await upload(client, png, 'slow.png');
  await client.files.completeUploadExternal({ files: [{ id: slow.id }] });
  await expect(post(slow.id)).rejects.toThrow('invalid_blocks');
  await expect(post(slow.id)).resolves.toMatchObject({ ok: true });
});

test('a markdown block beside an upload breaks it, as at Slack', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const { id } = await upload(client, png, 'chart.png');

  const completed = client.files.completeUploadExternal({
    files: [{ id }],
    channel_id: channelId(workspace),
    blocks: [{ type: 'markdown', text: '**x**' }],
  });

  await expect(completed).rejects.toThrow('internal_error');
});

test('an upload of another size is refused, and one without its bytes never completes', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const promised = await client.files.getUploadURLExternal({ filename: 'a.csv', length: 10 });

  const response = await fetch(promised.upload_url ?? '', { method: 'POST', body: 'short' });

  expect(response.status).toBe(400);
  const files: [{ id: string }] = [{ id: promised.file_id ?? '' }];
  await expect(client.files.completeUploadExternal({ files })).rejects.toThrow('file_not_found');
});

test('alternative text is heard under its own name only, and private addresses need the token', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  await client.files.uploadV2({ file: png, filename: 'a.png', alt_text: 'lost' });
  const promised = Object(
    await client.apiCall('files.getUploadURLExternal', {
      filename: 'b.png',
      length: png.length,
      alt_txt: 'kept',
    }),
  );
  await fetch(String(promised.upload_url), { method: 'POST', body: new Uint8Array(png) });
  const { files } = await client.files.completeUploadExternal({ files: [{ id: String(promised.file_id) }] });

  const [first, second] = workspace.calls().filter(({ method }) => method === 'files.getUploadURLExternal');
  const address = String(Object(files?.[0]).url_private);
  const refused = await fetch(address);
  const read = await fetch(address, { headers: { authorization: `Bearer ${workspace.botToken}` } });

  expect(first?.args).toMatchObject({ alt_text: 'lost' });
  expect(second?.args).toMatchObject({ alt_txt: 'kept' });
  expect(workspace.file(String(promised.file_id))?.file.altText).toBe('kept');
  expect([refused.status, read.status]).toEqual([403, 200]);
  expect(Buffer.from(await read.arrayBuffer())).toEqual(png);
});
