import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startChatPage } from '../../../src/embedded/page/start-chat-page.ts';
import { aChatPage, pageKey } from '../../support/chat-page.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

type Answer = { status: number; cookie: string | null; body: string };

/** A request with exactly these headers; fetch would not send a foreign Host. */
async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  return await new Promise((done, failed) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const [cookie = null] = response.headers['set-cookie'] ?? [];
        done({ status: response.statusCode ?? 0, cookie, body: text });
      });
    });
    request.on('error', failed).end(body);
  });
}

/** The cookie as a browser sends it back. */
function sent(cookie: string | null): Record<string, string> {
  return { cookie: cookie?.split(';')[0] ?? '' };
}

async function anOpenedPage() {
  const kit = await aChatPage();
  const first = await ask(kit.chatPage.url);
  return { ...kit, first, known: sent(first.cookie) };
}

test('the address with the key opens the page once, and the cookie keeps it open', async () => {
  const { origin, first, known } = await anOpenedPage();

  const again = await ask(`${origin}/`, known);
  const script = await ask(`${origin}/assets/app-1.js`, known);

  expect([first.status, first.body]).toEqual([200, expect.stringContaining('the page')]);
  expect(first.cookie).toMatch(
    /^kaggle_agent_page_\d+=the-key-of-this-test; HttpOnly; SameSite=Strict; Path=\/$/,
  );
  expect([again.status, again.cookie, script.status]).toEqual([200, null, 200]);
});

test('who comes without the key is told in words where it is', async () => {
  const { origin } = await aChatPage();

  const bare = await ask(`${origin}/`);
  const wrong = await ask(`${origin}/?key=wrong`);

  expect([bare.status, bare.cookie, bare.body]).toEqual([
    403,
    null,
    expect.stringContaining('needs its key'),
  ]);
  expect([wrong.status, wrong.cookie]).toEqual([403, null]);
});

test('nothing but the page itself takes the key from the address', async () => {
  const { origin } = await aChatPage();

  const answers = await Promise.all(
    ['/api/messages', '/assets/app-1.js', '/files/F1'].map((path) => ask(`${origin}${path}?key=${pageKey}`)),
  );

  expect(answers.map(({ status, cookie }) => [status, cookie])).toEqual([
    [403, null],
    [403, null],
    [403, null],
  ]);
});

test('a page of the web that points its own name at this machine gets nothing', async () => {
  const { chatPage, origin, known } = await anOpenedPage();
  const { port } = new URL(origin);

  const byName = await ask(chatPage.url, { host: `attacker.example:${port}` });
  const byCookie = await ask(`${origin}/`, { ...known, host: `attacker.example:${port}` });
  const byLocalhost = await ask(`http://127.0.0.1:${port}/`, { ...known, host: `localhost:${port}` });

  expect([byName.status, byCookie.status, byLocalhost.status]).toEqual([403, 403, 200]);
});

test('another origin, on another port of this machine too, cannot press buttons with our cookie', async () => {
  const { origin, known, mika, channel, workspace } = await anOpenedPage();
  const body = JSON.stringify({ user: mika.id, channel: channel.id, text: 'hello' });
  const say = (headers: Record<string, string>) =>
    ask(`${origin}/api/say`, { ...known, 'content-type': 'application/json', ...headers }, 'POST', body);

  const refused = await Promise.all([
    say({ origin: 'http://attacker.example' }),
    say({ origin: 'http://127.0.0.1:1' }),
    say({ origin: 'null' }),
    say({ 'sec-fetch-site': 'same-site' }),
    say({}),
  ]);
  const own = await say({ origin });

  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect(own.status).toBe(200);
  expect(workspace.messages({ channel: channel.id })).toHaveLength(1);
});

test('live changes go to the page alone', async () => {
  const { origin, known } = await anOpenedPage();
  const address = `${origin.replace('http', 'ws')}/live`;
  const outcome = async (headers: Record<string, string>, url = address): Promise<string> =>
    await new Promise((done) => {
      const socket = new WebSocket(url, { headers });
      socket.once('message', () => {
        socket.terminate();
        done('talks');
      });
      socket.once('error', (error) => done(error.message));
    });

  expect(await outcome({ ...known, origin })).toBe('talks');
  const refused = await Promise.all([
    outcome({ origin }),
    outcome(known),
    outcome({ ...known, origin: 'http://attacker.example' }),
    outcome({ ...known, origin }, `${address}/else`),
    outcome({ ...known, origin }, `${origin.replace('http', 'ws')}//`),
  ]);
  expect(new Set(refused)).toEqual(new Set(['Unexpected server response: 403']));
});

test('every answer forbids what the page does not need', async () => {
  const { chatPage } = await aChatPage();

  const { headers } = await fetch(chatPage.url);

  expect(headers.get('content-security-policy')).toMatch(
    /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/,
  );
  expect(headers.get('content-security-policy')).not.toContain('unsafe');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cache-control')).toBe('no-store');
});

test('a taken port and a page that is not built are told with what to do', async () => {
  const { chatPage, workspace } = await aChatPage();
  const port = Number(new URL(chatPage.url).port);
  const unbuilt = { workspace, key: pageKey, log: silentLog, port: 0, staticFolder: await tempFolder() };

  await expect(startChatPage(unbuilt)).rejects.toMatchObject({
    code: 'page.not_built',
    message: expect.stringContaining('script/setup'),
  });
  await expect(aChatPage({ port })).rejects.toMatchObject({
    code: 'page.port_in_use',
    message: expect.stringContaining('KAGGLE_AGENT_PAGE_PORT='),
  });
});
