import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { JobSheet } from '../../src/domain/run-contract.ts';
import {
  aJobServer,
  anOutput,
  aServer,
  aSheet,
  publishSheet,
  runScript,
  sha256Of,
  startRunner,
  trainingPython,
  writeSubmission,
} from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();
const runnerTest = test.skipIf(python === '');
const body = Buffer.alloc(600_000, 'data,');
const big = (url: string): JobSheet['data'] => [
  { name: 'big.csv', url, sha256: sha256Of(body), sizeBytes: body.length },
];
const printSize = `${writeSubmission}
DATA = sys.argv[sys.argv.index("--data") + 1]
print("size", os.path.getsize(os.path.join(DATA, "big.csv")))
`;

runnerTest('a download that breaks off goes on where it stopped', async () => {
  const server = await aJobServer();
  const ranges: (string | undefined)[] = [];
  const url = await aServer((request, response) => {
    ranges.push(request.headers.range);
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length - start });
    if (ranges.length > 2) response.end(body.subarray(start));
    else response.write(body.subarray(start, start + 200_000), () => response.destroy());
  });

  await runScript(python, server, printSize, { data: big(url) });

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  expect(await server.readText('run.log')).toContain('size 600000');
  expect(ranges[0]).toBeUndefined();
  expect(ranges[2]).toMatch(/^bytes=[1-9]\d*-$/);
});

runnerTest('a machine that reaches the network through a proxy alone fetches by it', async () => {
  const server = await aJobServer();
  const asked: (string | undefined)[] = [];
  const proxy = await aServer((request, response) => {
    asked.push(request.url);
    response.end(body);
  });
  const url = 'http://objects.invalid/big.csv?signature=1';

  await runScript(
    python,
    server,
    printSize,
    { data: big(url) },
    { env: { http_proxy: proxy, no_proxy: '127.0.0.1' } },
  );

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  expect(asked).toEqual([url]);
});

runnerTest('a server that answers with another range is asked for the whole file', async () => {
  const server = await aJobServer();
  const ranges: (string | undefined)[] = [];
  const url = await aServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const from = { 'content-range': `bytes 0-${body.length - 1}/${body.length}` };
    response.writeHead(range === undefined ? 200 : 206, { 'content-length': body.length, ...from });
    if (ranges.length > 1) response.end(body);
    else response.write(body.subarray(0, 200_000), () => response.destroy());
  });

  await runScript(python, server, printSize, { data: big(url) });

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=/), undefined]);
});

runnerTest('a server that ignores ranges sends the whole file again', async () => {
  const server = await aJobServer();
  let calls = 0;
  const url = await aServer((_request, response) => {
    calls += 1;
    response.writeHead(200, { 'content-length': body.length });
    if (calls > 1) response.end(body);
    else response.write(body.subarray(0, 200_000), () => response.destroy());
  });

  await runScript(python, server, printSize, { data: big(url) });

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
});

runnerTest('a download that stays corrupted ends the run before the script starts', async () => {
  const server = await aJobServer();
  let calls = 0;
  const url = await aServer((_request, response) => {
    calls += 1;
    response.end(Buffer.alloc(body.length, 'wrong'));
  });

  await runScript(python, server, 'print("started")\n', { data: big(url) });

  const { exitClass, message } = await server.result();
  expect({ exitClass, message, calls }).toEqual({
    exitClass: 'download_failed',
    message: 'big.csv arrived 3 times with another checksum than the job sheet says.',
    calls: 3,
  });
  expect(await server.readText('run.log')).not.toContain('started');
});

runnerTest('a download larger than it should be is given up', async () => {
  const server = await aJobServer();
  const url = await aServer((_request, response) => response.end(Buffer.alloc(5_000_000)));

  await runScript(python, server, printSize, { data: big(url) });

  expect(await server.result()).toMatchObject({ exitClass: 'download_failed' });
});

runnerTest('a download with another size than it should have is given up at once', async () => {
  const server = await aJobServer();
  let calls = 0;
  const url = await aServer((_request, response) => {
    calls += 1;
    response.end(body.subarray(1));
  });

  await runScript(python, server, printSize, { data: big(url) });

  const { exitClass, message } = await server.result();
  expect({ exitClass, message, calls }).toEqual({
    exitClass: 'download_failed',
    message: 'big.csv has 599999 bytes; the job sheet says 600000.',
    calls: 1,
  });
});

runnerTest('a refused link is not asked again, and its signature is not repeated', async () => {
  const server = await aJobServer();
  let calls = 0;
  const url = await aServer((_request, response) => {
    calls += 1;
    response.writeHead(403).end();
  });

  await runScript(python, server, printSize, { data: big(`${url}/train.csv?signature=secret`) });

  const { exitClass, message } = await server.result();
  expect({ exitClass, calls }).toEqual({ exitClass: 'download_failed', calls: 1 });
  expect(message).toBe('Could not download big.csv: the server answered 403.');
});

runnerTest('a download that is redirected to a file is refused', async () => {
  const server = await aJobServer();
  const url = await aServer((_request, response) =>
    response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  );

  await runScript(python, server, printSize, { data: big(url) });

  expect(await server.result()).toMatchObject({ exitClass: 'download_failed' });
});

runnerTest('an upload is tried again after 503, 429 and a dropped connection', async () => {
  const server = await aJobServer();
  const taken: string[] = [];
  let calls = 0;
  const url = await aServer((request, response) => {
    calls += 1;
    const call = calls;
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      if (call === 1) response.writeHead(503).end();
      else if (call === 2) response.writeHead(429, { 'retry-after': '0.1' }).end();
      else if (call === 3) request.socket.destroy();
      else response.end(String(taken.push(text)));
    });
  });
  const outputs = [{ ...(await anOutput(server, 'submission.csv', true)), url }];

  await runScript(python, server, writeSubmission, { outputs });

  expect(await server.result()).toMatchObject({ exitClass: 'ok', files: [{ name: 'submission.csv' }] });
  expect({ calls, taken }).toEqual({ calls: 4, taken: ['id,y\n1,0\n'] });
});

runnerTest('a lost heartbeat does not harm the run', async () => {
  const server = await aJobServer();
  const url = await aServer((request) => request.socket.destroy());
  const uploads = { heartbeat: url, log: null, result: await server.link('result.json', 'PUT') };

  await runScript(python, server, writeSubmission, { uploads });

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
});

runnerTest('a sheet from the network may not name files of the machine', async () => {
  const server = await aJobServer();
  const data = big(pathToFileURL('/etc/passwd').href);

  const { exitCode, errors } = await runScript(python, server, writeSubmission, { data });

  expect(exitCode).toBe(1);
  expect(errors).toContain("The job sheet's data.url is not http: or https: URL.");
});

runnerTest.each([
  [
    'a name that leads outside',
    (sheet: JobSheet) => ({ ...sheet, data: [{ ...sheet.bundle, name: '../x' }] }),
  ],
  [
    'an output in another folder',
    (sheet: JobSheet) => ({ ...sheet, outputs: [{ ...sheet.outputs[0], name: 'a/b' }] }),
  ],
  ['a checksum that is none', (sheet: JobSheet) => ({ ...sheet, bundle: { ...sheet.bundle, sha256: 'x' } })],
  ['no limit of time', (sheet: JobSheet) => ({ ...sheet, timeLimitSeconds: null })],
  ['another schema', (sheet: JobSheet) => ({ ...sheet, schema: 2 })],
])('a sheet with %s is refused', async (_what, change) => {
  const server = await aJobServer();
  const path = join(await tempFolder(), 'sheet.json');
  await writeFile(path, JSON.stringify(change(await aSheet(server, writeSubmission))));

  const runner = await startRunner(python, path);

  expect(await runner.ended).toBe(1);
  expect(runner.errors()).toMatch(/^\[runner\] The job sheet('s| has)/);
  expect(await server.has('result.json')).toBe(false);
});

runnerTest('the URL of the sheet can come by standard input, where no process list shows it', async () => {
  const server = await aJobServer();
  const location = await publishSheet(
    server,
    await aSheet(server, `${writeSubmission}import time; time.sleep(1)\n`),
  );
  const runner = await startRunner(python, '-');

  runner.child.stdin.write(`${location}\n`);

  await expect.poll(() => server.has('heartbeat.json'), { timeout: 20_000 }).toBe(true);
  expect(await readFile(`/proc/${runner.child.pid}/cmdline`, 'utf8')).not.toContain('signature');
  expect(await runner.ended).toBe(0);
  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
});
