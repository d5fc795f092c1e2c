import { expect, test } from 'vitest';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import { kaggleOptions } from '../../support/arena-kit.ts';
import { type Handler, sendJson, startTinyServer } from '../../support/tiny-server.ts';

const submission = { token: 'blob', description: 'ka-1-submit-1' };

async function aKaggle(create: Handler) {
  const server = await startTinyServer((request, response, raw) =>
    request.path.endsWith('/CreateSubmission')
      ? create(request, response, raw)
      : sendJson(response, 200, { ref: 'competitions/odd-or-even', userHasEntered: true }),
  );
  const policyOptions = { timeoutMs: 2_000 };
  const client = createKaggleClient(kaggleOptions(server.url, { policyOptions }));
  const creates = () => server.requests.filter(({ path }) => path.endsWith('/CreateSubmission'));
  return { client, creates, server };
}

const options = { signal: new AbortController().signal };

test('the token and the description go out as Kaggle wants them, and the number comes back', async () => {
  const { client, creates } = await aKaggle((_request, response) =>
    sendJson(response, 200, { message: 'Successfully submitted to Odd', ref: 555 }),
  );

  await expect(client.createSubmission('odd-or-even', submission, options)).resolves.toEqual({ ref: 555 });

  expect(JSON.parse(`${creates()[0]?.body}`)).toEqual({
    competitionName: 'odd-or-even',
    blobFileTokens: 'blob',
    submissionDescription: 'ka-1-submit-1',
  });
});

test.each<[string, Handler]>([
  ['no answer', () => undefined],
  ['a dropped connection', (_request, response) => void response.socket?.destroy()],
  ['a 500', (_request, response) => sendJson(response, 500, {})],
  ['a 502 with HTML', (_request, response) => void response.writeHead(502).end('<html>bad gateway</html>')],
  ['a 503 without Retry-After', (_request, response) => sendJson(response, 503, {})],
  ['a 408', (_request, response) => sendJson(response, 408, {})],
  ['a 409', (_request, response) => sendJson(response, 409, {})],
  [
    'a success without a number',
    (_request, response) => sendJson(response, 200, { message: 'Successfully' }),
  ],
  ['a success that is no JSON', (_request, response) => void response.end('OK')],
])('after %s the outcome is unknown, and nothing is sent again', async (_name, handler) => {
  const { client, creates } = await aKaggle(handler);

  await expect(client.createSubmission('odd-or-even', submission, options)).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.outcome_unknown',
  });

  expect(creates()).toHaveLength(1);
});

test('giving up while Kaggle works on it leaves the outcome unknown as well', async () => {
  const { client, creates } = await aKaggle(() => undefined);
  const controller = new AbortController();
  const creating = client.createSubmission('odd-or-even', submission, { signal: controller.signal });
  const caught = expect(creating).rejects.toMatchObject({ code: 'kaggle.outcome_unknown' });
  await expect.poll(() => creates().length).toBe(1);

  controller.abort(new Error('enough'));

  await caught;
});

test('giving up before anything was sent is no unknown outcome', async () => {
  const { client, creates } = await aKaggle(() => undefined);
  const signal = AbortSignal.abort(new Error('enough'));

  await expect(client.createSubmission('odd-or-even', submission, { signal })).rejects.toThrow('enough');

  expect(creates()).toHaveLength(0);
});

test('a 429 had no effect: it is tried again, and at last told as such', async () => {
  const { client, creates } = await aKaggle((_request, response) => sendJson(response, 429, {}));

  await expect(client.createSubmission('odd-or-even', submission, options)).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.busy',
    details: { surelyNothingHappened: true },
  });

  expect(creates()).toHaveLength(3);
});

test('a Kaggle that cannot be reached has no submission of ours', async () => {
  const { client, server } = await aKaggle(() => undefined);
  await server.close();

  await expect(client.createSubmission('odd-or-even', submission, options)).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.unreachable',
    details: { surelyNothingHappened: true },
  });
});

const prefix = 'Submission not allowed: ';

test.each([
  [
    400,
    `${prefix}Your team has used its daily Submission allowance (5) today, please try again tomorrow UTC.`,
    'kaggle.daily_limit',
  ],
  [
    403,
    'Your team has used its submission allowance (5 of 5). This resets at midnight UTC (9.4 hours from now).',
    'kaggle.daily_limit',
  ],
  [400, `${prefix}This competition only accepts Submissions from Notebooks.`, 'kaggle.code_competition'],
  [400, `${prefix} Submissions have been disabled for this competition.`, 'kaggle.submissions_disabled'],
  [400, `${prefix}The competition deadline has passed.`, 'kaggle.deadline_passed'],
  [403, 'You must verify your phone number first.', 'kaggle.verification_required'],
  [400, `${prefix}Something that nobody has seen before.`, 'kaggle.submission_refused'],
  [400, '', 'kaggle.submission_refused'],
])('a %i "%s" is %s', async (status, message, code) => {
  const { client, creates } = await aKaggle((_request, response) =>
    sendJson(response, status, { error: { code: status, message, status: 'FAILED_PRECONDITION' } }),
  );

  const failure = client.createSubmission('odd-or-even', submission, options);

  await expect(failure).rejects.toMatchObject({
    kind: 'business',
    code,
    details: { vendorText: message.trim().replace(/\.$/, '').replace(/\s+/g, ' ') },
  });
  expect(creates()).toHaveLength(1);
});

test('the daily limit tells when it ends', async () => {
  const now = () => new Date('2026-12-31T10:00:00Z');
  const { server } = await aKaggle((_request, response) =>
    sendJson(response, 400, {
      error: { code: 400, message: 'Your team has used its daily Submission allowance (5)' },
    }),
  );
  const client = createKaggleClient(kaggleOptions(server.url, { now }));

  await expect(client.createSubmission('odd-or-even', submission, options)).rejects.toMatchObject({
    code: 'kaggle.daily_limit',
    details: { resetAt: '2027-01-01T00:00:00.000Z' },
  });
});

test.each(['a|b', 'a/b', 'line\nbreak', ''])('a description %j is not sent', async (description) => {
  const { client, creates } = await aKaggle(() => undefined);

  await expect(
    client.createSubmission('odd-or-even', { token: 'blob', description }, options),
  ).rejects.toMatchObject({ kind: 'system', code: 'kaggle.bad_description' });

  expect(creates()).toHaveLength(0);
});
