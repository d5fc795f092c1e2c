import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Frame, frameSchema } from '../../../src/embedded/page/wire.ts';
import { aChatPage, uploadFile } from '../../support/chat-page.ts';
import { eventually } from '../../support/eventually.ts';

/** A page that was opened with the key, as a browser speaks for it. */
async function anOpenedPage() {
  const kit = await aChatPage({
    hints: [{ typed: '/kaggle help', usage: '', summary: 'what can be said' }],
  });
  const { origin, chatPage, mika } = kit;
  const opened = await fetch(chatPage.url);
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
  const headers = { cookie, origin };
  const call = async (name: string, input: unknown, contentType = 'application/json') => {
    const body = typeof input === 'string' ? input : JSON.stringify(input);
    const request = { method: 'POST', headers: { ...headers, 'content-type': contentType }, body };
    const response = await fetch(`${origin}/api/${name}`, request);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const read = async (path: string) => await fetch(`${origin}${path}`, { headers });
  const listen = async (user = mika.id) =>
    await listenAs(`${origin.replace('http', 'ws')}/live?user=${user}`, headers);
  return { ...kit, call, read, listen };
}

async function listenAs(url: string, headers: Record<string, string>) {
  const frames: Frame[] = [];
  const socket = new WebSocket(url, { headers });
  onTestFinished(() => socket.terminate());
  socket.on('message', (data) => frames.push(frameSchema.parse(JSON.parse(String(data)))));
  await eventually(() => expect(frames).not.toEqual([]));
  const of = <T extends Frame['type']>(type: T) =>
    frames.filter((frame): frame is Extract<Frame, { type: T }> => frame.type === type);
  return { socket, of };
}

test('what is said appears on every open page, with its replies counted at its head', async () => {
  const { call, listen, mika, sakura, channel } = await anOpenedPage();
  const [mine, theirs] = [await listen(), await listen(sakura.id)];

  await call('say', { user: mika.id, channel: channel.id, text: 'first <b>' });
  const first = await eventually(() => {
    const [frame] = theirs.of('message');
    if (frame === undefined) throw new Error('not yet');
    return frame.message;
  });
  await call('say', { user: sakura.id, channel: channel.id, text: 'answer', threadTs: first.ts });

  expect(first).toMatchObject({ user: mika.id, text: 'first &lt;b&gt;', threadTs: null, replyCount: 0 });
  await eventually(() =>
    expect(mine.of('message').map(({ message }) => [message.text, message.replyCount])).toEqual([
      ['first &lt;b&gt;', 0],
      ['answer', 0],
      ['first &lt;b&gt;', 1],
    ]),
  );
});

test('the first frame holds the whole workspace as one person sees it', async () => {
  const { call, listen, bot, mika, sakura, channel, workspace } = await anOpenedPage();
  await call('say', { user: mika.id, channel: channel.id, text: 'hello' });
  await bot.chat.postEphemeral({ channel: channel.id, user: sakura.id, text: 'for sakura alone' });

  const [mine] = (await listen()).of('snapshot');
  const [theirs] = (await listen(sakura.id)).of('snapshot');

  expect(mine).toMatchObject({ me: mika.id, bot: workspace.botUserId, views: [], home: null, hasMore: [] });
  expect(mine?.people.map(({ name }) => name)).toEqual(['mika', 'sakura']);
  expect(mine?.channels.filter(({ isIm }) => !isIm).map(({ name }) => name)).toEqual([
    'kaggle',
    'kaggle-alerts',
  ]);
  expect(mine?.channels.filter(({ isIm }) => isIm)).toHaveLength(1);
  expect(mine?.hints).toEqual([{ typed: '/kaggle help', usage: '', summary: 'what can be said' }]);
  expect(mine?.messages.map(({ text }) => text)).toEqual(['hello']);
  expect(theirs?.messages.map(({ text, isEphemeral }) => [text, isEphemeral])).toEqual([
    ['hello', false],
    ['for sakura alone', true],
  ]);
});

test('a message for one person reaches no page of another', async () => {
  const { listen, bot, sakura, channel } = await anOpenedPage();
  const [mine, theirs] = [await listen(), await listen(sakura.id)];

  await bot.chat.postEphemeral({ channel: channel.id, user: sakura.id, text: 'secret' });
  await bot.chat.postMessage({ channel: channel.id, text: 'public' });

  await eventually(() => expect(mine.of('message').map(({ message }) => message.text)).toEqual(['public']));
  expect(theirs.of('message').map(({ message }) => message.text)).toEqual(['secret', 'public']);
});

test('an edit and a deletion are told as they happen', async () => {
  const { listen, bot, channel } = await anOpenedPage();
  const page = await listen();
  const { ts = '' } = await bot.chat.postMessage({ channel: channel.id, text: 'training' });

  await bot.chat.update({ channel: channel.id, ts, text: 'finished' });
  await bot.chat.delete({ channel: channel.id, ts });

  await eventually(() => expect(page.of('gone')).toEqual([{ type: 'gone', channel: channel.id, ts }]));
  expect(page.of('message').map(({ message }) => message.text)).toEqual(['training', 'finished']);
});

test('a command that no app takes is trouble, for who typed it alone', async () => {
  const { call, listen, mika, sakura, channel } = await anOpenedPage();
  const [mine, theirs] = [await listen(), await listen(sakura.id)];

  const answer = await call('slash', {
    user: mika.id,
    channel: channel.id,
    command: '/kaggle',
    text: 'help',
  });

  expect(answer).toEqual({ status: 200, body: { isAcknowledged: false } });
  await eventually(() => expect(mine.of('trouble')).toHaveLength(1));
  expect(theirs.of('trouble')).toEqual([]);
});

test('older messages and threads come by pages', async () => {
  const { call, read, listen, mika, channel } = await anOpenedPage();
  for (let index = 0; index < 65; index += 1) {
    await call('say', { user: mika.id, channel: channel.id, text: `line ${index}` });
  }
  const [snapshot] = (await listen()).of('snapshot');
  const oldest = snapshot?.messages[0];

  const older = await read(`/api/messages?user=${mika.id}&channel=${channel.id}&before=${oldest?.ts}`);

  expect([snapshot?.messages.length, snapshot?.hasMore, oldest?.text]).toEqual([60, [channel.id], 'line 5']);
  expect(await older.json()).toMatchObject({
    messages: [0, 1, 2, 3, 4].map((index) => ({ text: `line ${index}` })),
    hasMore: false,
  });
});

test('what cannot be read is refused and changes nothing', async () => {
  const { call, read, mika, channel, workspace } = await anOpenedPage();
  const good = { user: mika.id, channel: channel.id, text: 'hello' };

  const answers = await Promise.all([
    call('say', '{"user":'),
    call('say', { ...good, text: '' }),
    call('say', { ...good, text: 'x'.repeat(40_001) }),
    call('say', { ...good, extra: true }),
    call('say', { ...good, user: 'U0NOBODY' }),
    call('say', 'user=me', 'application/x-www-form-urlencoded'),
    call('say', 'x'.repeat(300_000)),
    call('slash', { ...good, command: 'kaggle' }),
    call('press', { user: mika.id, target: { home: false }, actionId: 'a' }),
    call('nothing', good),
  ]);
  const badRead = await read('/api/messages?channel=C1');

  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 415, 413, 400, 400, 404]);
  expect(badRead.status).toBe(400);
  expect(workspace.messages({ channel: channel.id })).toEqual([]);
});

test('what the workspace refuses is said in its words', async () => {
  const { call, mika, channel } = await anOpenedPage();

  const unknown = await call('say', { user: mika.id, channel: 'C0NOWHERE', text: 'hello' });
  const gone = await call('press', {
    user: mika.id,
    target: { channel: channel.id, ts: '1.000001' },
    actionId: 'a',
  });
  const command = await call('slash', { user: mika.id, channel: channel.id, command: '/other', text: '' });

  expect([unknown.status, gone.status, command.status]).toEqual([409, 409, 409]);
  expect(command.body).toEqual({
    error: { code: 'page.refused', message: '/other is not a valid command.' },
  });
});

test('a picture is shown, any other file only saved, and one that is not there is missing', async () => {
  const { read, bot } = await anOpenedPage();
  const png = await uploadFile(bot, 'chart.png', Buffer.from('89504e470d0a1a0a', 'hex'));
  const html = await uploadFile(bot, 'evil.html', Buffer.from('<script>alert(1)</script>'));

  const [picture, page, missing] = [
    await read(`/files/${png}`),
    await read(`/files/${html}`),
    await read('/files/F0NONE'),
  ];

  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(page.headers.get('content-type')).toBe('application/octet-stream');
  expect(page.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''evil.html");
  expect(page.headers.get('content-security-policy')).toContain('sandbox');
  expect(missing.status).toBe(404);
});
