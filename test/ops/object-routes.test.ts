import { request as httpRequest } from 'node:http';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import type { Failure } from '../../src/domain/errors.ts';
import { SystemFailure } from '../../src/domain/errors.ts';
import { objectRoutes } from '../../src/ops/object-routes.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import { sha256Of } from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function anObjectServer() {
  const clock = { now: new Date('2026-11-22T12:00:00Z') };
  const now = () => clock.now;
  const failures: Failure[] = [];
  let url = '';
  const options = { folder: await tempFolder(), ownUrl: () => url, linkSecret: 'link-secret', now };
  const store = createFolderStore(options);
  const app = Fastify();
  await app.register(
    objectRoutes({ store, secret: 'link-secret', now, onFailure: (failure) => failures.push(failure) }),
  );
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  await store.put('jobs/a/1/train.csv', Buffer.from('0123456789'));
  const get = (key: string, expiresInSeconds = 60) =>
    store.signedUrl(key, { method: 'GET', expiresInSeconds });
  const put = (key: string, maxBytes = 1000) =>
    store.signedUrl(key, { method: 'PUT', expiresInSeconds: 60, maxBytes });
  return { store, clock, failures, url, get, put };
}

/** A request whose target is sent exactly as written; fetch would tidy it up. */
async function rawStatus(base: string, target: string, method = 'GET'): Promise<number> {
  const { hostname, port } = new URL(base);
  return await new Promise((done, failed) => {
    const request = httpRequest({ hostname, port, method, path: target, agent: false }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    request.on('error', failed).end();
  });
}

test('a signed link reads its object, whole and in parts', async () => {
  const server = await anObjectServer();
  const link = await server.get('jobs/a/1/train.csv');

  const whole = await fetch(link);
  const part = await fetch(link, { headers: { range: 'bytes=2-4' } });
  const rest = await fetch(link, { headers: { range: 'bytes=7-' } });
  const end = await fetch(link, { headers: { range: 'bytes=-2' } });
  const beyond = await fetch(link, { headers: { range: 'bytes=10-' } });

  expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
  expect(whole.headers.get('etag')).toBe(`"${sha256Of('0123456789')}"`);
  expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
    206,
    '234',
    'bytes 2-4/10',
  ]);
  expect([rest.status, await rest.text()]).toEqual([206, '789']);
  expect([end.status, await end.text()]).toEqual([206, '89']);
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
});

test('a signed link writes its object, empty and large ones too', async () => {
  const server = await anObjectServer();
  const large = Buffer.alloc(3_000_000, 'x');

  const written = await fetch(await server.put('jobs/a/1/oof.csv', 5_000_000), {
    method: 'PUT',
    body: large,
  });
  const empty = await fetch(await server.put('jobs/a/1/empty'), { method: 'PUT', body: '' });

  expect([written.status, await written.json()]).toEqual([
    200,
    { sizeBytes: 3_000_000, sha256: sha256Of(large) },
  ]);
  expect((await server.store.head('jobs/a/1/oof.csv'))?.sha256).toBe(sha256Of(large));
  expect([empty.status, (await server.store.head('jobs/a/1/empty'))?.sizeBytes]).toEqual([200, 0]);
});

test('a link opens nothing but what it was made for', async () => {
  const server = await anObjectServer();
  await server.store.put('jobs/b/1/train.csv', Buffer.from('other job'));
  const link = new URL(await server.get('jobs/a/1/train.csv'));
  const upload = new URL(await server.put('jobs/a/1/oof.csv'));
  const path = (url: URL) => url.pathname + url.search;
  const edited = (url: URL, from: string | RegExp, to: string) => path(url).replace(from, to);

  const attacks: [string, string][] = [
    ['GET', edited(link, 'jobs/a', 'jobs/b')],
    ['GET', edited(link, 'jobs/a/1', 'jobs/a/0')],
    ['GET', edited(link, 'jobs/a', 'jobs/b/../a')],
    ['GET', edited(link, 'jobs/a', 'jobs/b/..%2fa')],
    ['GET', edited(link, 'jobs/a', 'jobs%2fa')],
    ['GET', edited(link, 'train.csv', 'train%2ecsv')],
    ['GET', edited(link, '/objects/', '/objects//')],
    ['GET', edited(link, '/objects/', '/objects/../../../etc/passwd')],
    ['GET', edited(link, /expires=\d+/, 'expires=99999999999')],
    ['GET', edited(link, /expires=(\d+)/, 'expires=$1&expires=99999999999')],
    ['GET', edited(link, /signature=\w{8}/, 'signature=00000000')],
    ['GET', edited(link, /signature=\w+/, 'signature=')],
    ['GET', edited(link, /&signature=\w+/, '')],
    ['GET', `${path(link)}&max=5`],
    ['GET', `${path(link)}&more=1`],
    ['GET', `${path(link)}?`],
    ['GET', link.pathname],
    ['PUT', path(link)],
    ['PUT', `${path(link)}&max=100`],
    ['PUT', edited(upload, /max=\d+/, 'max=100000000')],
    ['PUT', edited(upload, /max=\d+&/, '')],
    ['PUT', edited(upload, 'oof.csv', 'train.csv')],
    ['GET', path(upload)],
  ];
  for (const [method, target] of attacks) {
    expect([method, target, await rawStatus(server.url, target, method)]).toEqual([method, target, 403]);
  }
  expect(await rawStatus(server.url, path(link), 'DELETE')).toBe(404);
  expect(await rawStatus(server.url, path(link), 'HEAD')).toBe(404);
  expect(await rawStatus(server.url, path(link))).toBe(200);
});

test('a link ends with its time, and is of another secret nothing', async () => {
  const server = await anObjectServer();
  const link = await server.get('jobs/a/1/train.csv', 60);
  const options = {
    folder: await tempFolder(),
    ownUrl: () => server.url,
    linkSecret: 'other',
    now: () => server.clock.now,
  };
  const forged = await createFolderStore(options).signedUrl('jobs/a/1/train.csv', {
    method: 'GET',
    expiresInSeconds: 60,
  });

  expect((await fetch(forged)).status).toBe(403);
  server.clock.now = new Date('2026-11-22T12:00:59Z');
  expect((await fetch(link)).status).toBe(200);
  server.clock.now = new Date('2026-11-22T12:01:00Z');
  expect((await fetch(link)).status).toBe(403);
});

test('an upload above the limit of its link is refused, whether it says so or not', async () => {
  const server = await anObjectServer();
  const link = await server.put('jobs/a/1/oof.csv', 1000);
  const body = Buffer.alloc(2000);
  const streamed = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(body));
      controller.close();
    },
  });

  expect((await fetch(link, { method: 'PUT', body })).status).toBe(413);
  expect((await fetch(link, { method: 'PUT', body: streamed, duplex: 'half' })).status).toBe(413);
  expect(await server.store.head('jobs/a/1/oof.csv')).toBeNull();
  expect(server.failures).toEqual([]);
});

test('an upload that breaks off leaves nothing, and the server goes on', async () => {
  const server = await anObjectServer();
  const link = new URL(await server.put('jobs/a/1/oof.csv', 1000));

  await new Promise<void>((done) => {
    const options = { method: 'PUT', headers: { 'content-length': '1000' }, agent: false };
    const request = httpRequest(link, options);
    request.on('error', () => done());
    request.write('half', () => request.destroy());
    request.on('close', () => done());
  });

  expect((await fetch(await server.get('jobs/a/1/train.csv'))).status).toBe(200);
  expect(await server.store.head('jobs/a/1/oof.csv')).toBeNull();
  expect(server.failures).toEqual([]);
});

test('an object that is not there is 404 for a good link', async () => {
  const server = await anObjectServer();

  expect((await fetch(await server.get('jobs/a/1/none'))).status).toBe(404);
});

test('a full disk is told to the sender and to us', async () => {
  const failures: Failure[] = [];
  const app = Fastify();
  const full = new SystemFailure('The disk is full.', { code: 'disk.full', scope: 'process' });
  const store = {
    head: async () => null,
    get: () => Promise.reject(full),
    put: () => Promise.reject(full),
  };
  await app.register(
    objectRoutes({
      store,
      secret: 's',
      now: () => new Date(),
      onFailure: (failure) => failures.push(failure),
    }),
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const options = {
    folder: await tempFolder(),
    ownUrl: () => url,
    linkSecret: 's',
    now: () => new Date(),
  };
  const link = await createFolderStore(options).signedUrl('a/b', { method: 'PUT', expiresInSeconds: 60 });

  expect((await fetch(link, { method: 'PUT', body: 'x' })).status).toBe(507);
  expect(failures).toEqual([full]);
});
