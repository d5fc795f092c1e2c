import { expect, test } from 'vitest';
import {
  type ResearchCall,
  ResearchPending,
  type WholeReport,
} from '../../../src/providers/research/contract.ts';
import { agentspaceAt } from '../../support/agentspace/settings.ts';
import { type Agentspace, type Fault, startAgentspace } from '../../support/agentspace/start-agentspace.ts';
import { aResearchRequest } from '../../support/research-requests.ts';

const question = 'Which solutions won competitions like this one?';

type Settings = Parameters<typeof agentspaceAt>[1];

/** One run of the job; what it keeps is there for the next. */
function aJob(server: Agentspace, settings: Settings = {}) {
  const service = agentspaceAt(server, settings);
  let kept: unknown;
  const notes: unknown[] = [];
  const call = (): ResearchCall => ({
    signal: AbortSignal.timeout(20_000),
    ...(kept === undefined ? {} : { kept }),
    keep: async (note) => {
      kept = structuredClone(note);
      notes.push(kept);
    },
  });
  const ask = (): Promise<WholeReport> => service.ask(question, aResearchRequest(), call());
  return { ask, notes };
}

async function outcome(work: Promise<unknown>) {
  return await work.then(
    () => 'done',
    (error: unknown) => error,
  );
}

test('a question becomes a plan, the plan a run, and the run a report with marks at what rests on a source', async () => {
  const server = await startAgentspace({ pieceBytes: 13 });
  const { ask, notes } = aJob(server);

  const report = await ask();

  expect(report).toEqual({
    prompt: question,
    isPartial: false,
    text: [
      '# Überblick 🚢',
      '',
      'Gradient boosting on grouped tickets won. [s1]A second paper stacks linear models. [s2]This line rests on nothing.',
    ].join('\n'),
    citations: [
      {
        id: 's1',
        title: 'Titanic: how the winners did it',
        url: 'https://www.kaggle.com/c/titanic/writeups/first',
        quotes: ['# Überblick 🚢 Gradient boosting on grouped tickets won.'],
      },
      {
        id: 's2',
        title: 'arxiv.org',
        url: 'https://vertexaisearch.cloud.google.com/grounding-api-redirect/AbC123',
        quotes: ['A second paper stacks linear models.'],
      },
    ],
  });
  expect(server.bodies).toMatchObject([
    {
      version: 'v1',
      body: {
        query: { text: question },
        session: expect.stringMatching(/\/sessions\/-$/),
        agentsSpec: { agentSpecs: [{ agentId: 'deep_research' }] },
        toolsSpec: { webGroundingSpec: {} },
      },
    },
    { version: 'v1', body: { query: { text: 'Start Research' }, agentsSpec: expect.anything() } },
  ]);
  expect(notes).toMatchObject([
    { step: 'planned', starts: 0 },
    { step: 'started', starts: 1 },
  ]);
  expect(server.counts).toMatchObject({ plans: 1, runs: 1, looks: 0, tokens: 1 });
});

test('what the last element says once more stands in the report once', async () => {
  const plain = await aJob(await startAgentspace()).ask();

  expect(await aJob(await startAgentspace({ echoes: true, pieceBytes: 97 })).ask()).toEqual(plain);
});

test('a report without any grounding has no sources, and is one all the same', async () => {
  const report = await aJob(await startAgentspace({ hasGrounding: false })).ask();

  expect(report.citations).toEqual([]);
  expect(report.text).toContain('Gradient boosting on grouped tickets won.');
});

test('addresses that nobody should be shown are left out of the sources', async () => {
  const pages = [
    { title: 'A', uri: 'http://example.com/a' },
    { title: 'B', uri: 'https://user:pass@example.com/b' },
    { title: 'C', uri: 'https://192.168.1.1/c' },
    { title: '', uri: 'javascript:alert(1)' },
    { title: 'D\u202e\u0007 <b>', uri: 'https://example.com/d' },
  ];
  const report = [{ text: 'All of it.', from: [0, 1, 2, 3, 4] }];

  const { citations } = await aJob(
    await startAgentspace({ findings: { pages, questions: [], report } }),
  ).ask();

  expect(citations.map(({ title, url }) => [title, url])).toEqual([
    ['A', undefined],
    ['B', undefined],
    ['C', undefined],
    ['D <b>', 'https://example.com/d'],
  ]);
});

test('a token that is refused once is replaced once, and the call made again', async () => {
  const server = await startAgentspace();
  const { ask } = aJob(server);
  await ask();
  server.endTokens();

  expect(await aJobAgain(ask)).toMatchObject({ isPartial: false });
  expect(server.counts.tokens).toBe(2);
});

/** The second ask finds the first one's run in its session. */
const aJobAgain = (ask: () => Promise<WholeReport>) => ask();

test('a version that answers by itself is followed by v1alpha with the larger envelope, which is remembered', async () => {
  const server = await startAgentspace({ sessionIn: 'last' });
  server.fail({ at: 'plan', what: 'no_plan', version: 'v1' });
  const { ask } = aJob(server);

  await ask();

  expect(server.bodies.map(({ version, body }) => [version, body.assistSkippingMode])).toEqual([
    ['v1', undefined],
    ['v1alpha', 'REQUEST_ASSIST'],
    ['v1alpha', 'REQUEST_ASSIST'],
  ]);
});

test.each<[string, Fault[], string]>([
  [
    'no plan in any version',
    [
      { at: 'plan', what: 'no_plan' },
      { at: 'plan', what: 'no_plan' },
    ],
    'no_plan',
  ],
  [
    'a policy against the question',
    [{ at: 'plan', what: 'skipped', reason: 'CUSTOMER_POLICY_VIOLATION' }],
    'skipped',
  ],
  ['no right', [{ at: 'plan', status: 403, canonical: 'PERMISSION_DENIED', asList: true }], 'forbidden'],
  ['no such app', [{ at: 'plan', status: 404, canonical: 'NOT_FOUND' }], 'not_found'],
  ['an agent that is not usable', [{ at: 'run', what: 'failed_within' }], 'not_usable'],
  ['a plain answer in place of the run', [{ at: 'run', what: 'direct_answer' }], 'no_report'],
  ['a quota that is used up', times(3, { at: 'run', status: 429, canonical: 'RESOURCE_EXHAUSTED' }), 'quota'],
  ['trouble that does not pass', times(3, { at: 'plan', status: 500, canonical: 'INTERNAL' }), 'failing'],
])('%s ends it with a code of its own, and starts nothing twice', async (_, faults, code) => {
  const server = await startAgentspace();
  server.fail(...faults);

  await expect(aJob(server).ask()).rejects.toMatchObject({ code: `agentspace.${code}` });
  expect(server.counts.runs).toBeLessThan(2);
});

function times(count: number, fault: Fault): Fault[] {
  return Array.from({ length: count }, () => fault);
}

test('a filter that skips what is no question is asked to stand aside', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'plan', what: 'skipped', reason: 'NON_ASSIST_SEEKING_QUERY_IGNORED' });

  expect(await aJob(server).ask()).toMatchObject({ isPartial: false });
});

test('trouble of a moment is waited out', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'plan', status: 500, canonical: 'INTERNAL' });
  server.fail({ at: 'run', status: 429, canonical: 'RESOURCE_EXHAUSTED', retryAfter: '0.01' });
  server.fail({ at: 'token', status: 503, canonical: 'UNAVAILABLE' });

  expect(await aJob(server).ask()).toMatchObject({ isPartial: false });
  expect(server.counts).toMatchObject({ plans: 1, runs: 1, tokens: 2 });
});

test('a run whose stream was lost is found in its session, and not started again', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'run', what: 'dropped', after: 3, run: 'finished' });

  expect(await aJob(server).ask()).toMatchObject({ isPartial: false, text: expect.stringContaining('🚢') });
  expect(server.counts).toMatchObject({ runs: 1, looks: 1 });
});

test('a run that goes on without us is looked at again later, by another job too', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'run', what: 'dropped', after: 3, run: 'at_work' });
  const { ask, notes } = aJob(server);

  expect(await outcome(ask())).toBeInstanceOf(ResearchPending);
  expect(await outcome(ask())).toMatchObject({ lookAgainMs: 7 });
  server.finishAll();

  expect(await ask()).toMatchObject({ isPartial: false });
  expect(server.counts).toMatchObject({ plans: 1, runs: 1, looks: 3 });
  expect(notes).toHaveLength(2);
});

test('a run that cannot be looked up for a moment is not given up', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'run', what: 'dropped', after: 3, run: 'finished' });
  server.fail(...times(3, { at: 'session', status: 503, canonical: 'UNAVAILABLE' }));
  const { ask } = aJob(server);

  expect(await outcome(ask())).toBeInstanceOf(ResearchPending);
  expect(await ask()).toMatchObject({ isPartial: false });
  expect(server.counts).toMatchObject({ plans: 1, runs: 1, looks: 4 });
});

test('a run that was lost for good is started once more, and then given up with what there is', async () => {
  const lost: Fault = { at: 'run', what: 'dropped', after: 3, run: 'cancelled' };
  const once = await startAgentspace();
  once.fail(lost);
  expect(await aJob(once).ask()).toMatchObject({ isPartial: false });
  expect(once.counts.runs).toBe(2);

  const twice = await startAgentspace();
  twice.fail(lost, lost);
  await expect(aJob(twice).ask()).rejects.toMatchObject({ code: 'agentspace.cut_off' });
  expect(twice.counts.runs).toBe(2);
});

test('a long report that broke off is better than none', async () => {
  const report = Array.from({ length: 40 }, (_, at) => ({
    text: `Sentence ${at} of a long report that was cut. `,
  }));
  const server = await startAgentspace({ findings: { pages: [], questions: ['Why?'], report } });
  const lost: Fault = { at: 'run', what: 'dropped', after: 41, run: 'cancelled' };
  server.fail(lost, lost);

  expect(await aJob(server).ask()).toMatchObject({
    isPartial: true,
    text: expect.stringContaining('Sentence 37'),
  });
});

test('what had come of a run before it broke off is not lost where its session tells nothing of it', async () => {
  const report = Array.from({ length: 40 }, (_, at) => ({
    text: `Sentence ${at} of a long report that was cut. `,
  }));
  const findings = { pages: [], questions: ['Why?'], report };
  const server = await startAgentspace({ findings, forgetsParts: true });
  const lost: Fault = { at: 'run', what: 'dropped', after: 41, run: 'cancelled' };
  server.fail(lost, lost);

  expect(await aJob(server).ask()).toMatchObject({
    isPartial: true,
    text: expect.stringContaining('Sentence 37'),
  });
});

test('a stream that falls silent is given up, and its run looked up', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'run', what: 'stall', after: 2 });

  expect(await aJob(server, { idleMs: 150 }).ask()).toMatchObject({ isPartial: false });
  expect(server.counts).toMatchObject({ runs: 1, looks: 1 });
});

test('a run that is still at work when its time is over is given up', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'run', what: 'dropped', after: 3, run: 'at_work' });
  let nowMs = Date.now();
  const { ask } = aJob(server, { now: () => new Date(nowMs) });
  await outcome(ask());
  nowMs += 41 * 60_000;

  await expect(ask()).rejects.toMatchObject({ code: 'agentspace.cut_off' });
  expect(server.counts.runs).toBe(1);
});

test('a session that is gone is not paid for again', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'run', what: 'dropped', after: 3, run: 'at_work' });
  const { ask } = aJob(server);
  await outcome(ask());
  server.forget();

  await expect(ask()).rejects.toMatchObject({ code: 'agentspace.cut_off' });
  expect(server.counts).toMatchObject({ plans: 1, runs: 1 });
});

test('a key that is none, one of another account, and a name that is none go nowhere', async () => {
  const server = await startAgentspace();
  const other = await startAgentspace();

  await expect(aJob(server, { key: 'abc' }).ask()).rejects.toMatchObject({ code: 'agentspace.bad_key' });
  await expect(
    aJob(server, { key: JSON.stringify({ ...JSON.parse(server.key), private_key: 'abc' }) }).ask(),
  ).rejects.toMatchObject({ code: 'agentspace.bad_key' });
  await expect(aJob(server, { key: other.key }).ask()).rejects.toMatchObject({
    code: 'agentspace.key_refused',
    kind: 'configuration',
  });
  await expect(aJob(server, { app: 'another' }).ask()).rejects.toMatchObject({
    code: 'agentspace.not_found',
  });
});

test('no failure carries the token, the key or what the vendor wrote in its words', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'plan', status: 403, canonical: 'PERMISSION_DENIED' });

  const error = await outcome(aJob(server).ask());

  expect(String(error)).not.toMatch(/ya29|PRIVATE KEY|in words/);
  expect(JSON.stringify(error)).not.toMatch(/ya29|PRIVATE KEY/);
});

test('whoever asked may go away at any time', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'run', what: 'stall', after: 2 });
  const controller = new AbortController();
  const work = agentspaceAt(server).ask(question, aResearchRequest(), {
    signal: controller.signal,
    keep: async (note) => {
      if (note.step === 'started') setTimeout(() => controller.abort(new Error('the agent stops')), 50);
    },
  });

  await expect(work).rejects.toThrow('the agent stops');
});
