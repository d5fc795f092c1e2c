import { expect, onTestFinished, test } from 'vitest';
import type { OpenRequest } from '../../src/cli/commands.ts';
import { Interrupted } from '../../src/cli/interrupted.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { fakeCommands } from './fake-commands.ts';

const escapeCode = '\u001b';

type Call = { isTerminal?: boolean; environment?: Record<string, string>; signal?: AbortSignal };

async function call(args: string[], { isTerminal = false, environment = {}, signal }: Call = {}) {
  const written = { stdout: '', stderr: '' };
  const requests: OpenRequest[] = [];
  const screen = (name: 'stdout' | 'stderr') => ({
    isTTY: isTerminal,
    columns: 100,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await runCli({
    args,
    open: (request) => {
      requests.push(request);
      return fakeCommands(request);
    },
    stdout: screen('stdout'),
    stderr: screen('stderr'),
    environment,
    isInteractive: isTerminal,
    signal: signal ?? new AbortController().signal,
    version: '0.1.0',
    now: () => new Date(),
    report: () => ({ ref: 'e_TEST', logFile: 'data/logs/agent.log' }),
  });
  return { code, requests, ...written };
}

test('run --json prints one document alone on standard output', async () => {
  const { code, stdout, stderr } = await call(['run', 'titanic', '--json']);

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schema: 1,
    competition: 'titanic',
    status: 'completed',
    rounds: 1,
    best: { approach: 'boosting', cv: 0.8012, submission: 'sub_01', score: 0.79186, rank: 3, entrants: 12 },
    submissions: [{ key: 'sub_01', approach: 'boosting', cv: 0.8012, score: 0.79186 }],
    costUsd: 0,
    seconds: expect.any(Number),
  });
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('training');
});

test('without a terminal there is one line per stage, no carriage return and no colour', async () => {
  const { stderr } = await call(['run', 'titanic']);

  const words = stderr
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).slice(0, 2).join(' '));
  expect(words).toEqual([
    'ok entry',
    'run research',
    'ok research',
    'run code',
    'ok code',
    'run training',
    'ok training',
    'run submission',
    'ok submission',
    'run analysis',
    'ask decision',
    'ok analysis',
  ]);
  expect(stderr).not.toContain('\r');
  expect(stderr).not.toContain(escapeCode);
  expect(stderr).toContain('nobody can answer here, so: B · Stop here (the default)');
});

test('on a terminal the running line is drawn anew and finished lines stay', async () => {
  const { stderr } = await call(['run', 'titanic'], { isTerminal: true });

  expect(stderr).toContain('\r\u001b[K');
  expect(stderr).toContain('\u001b[32mok');
  expect(stderr).toMatch(/training +round 1 {2}2 of 3 {2}█+░+ {2}66 %/);
});

test.each([{ NO_COLOR: '1' }, { NO_COLOR: '1', FORCE_COLOR: '1' }, { TERM: 'dumb' }])(
  '%o takes the colour away even on a terminal',
  async (environment) => {
    const { stderr } = await call(['run', 'titanic'], { isTerminal: true, environment });

    expect(stderr).not.toContain(`${escapeCode}[3`);
  },
);

test('the summary shows approaches, hidden-test score, rank, cost, time and where the files lie', async () => {
  const { stdout } = await call(['run', 'titanic']);

  for (const part of [
    '0.80120 ± 0.0041',
    '0.79186',
    '3 of 12',
    '$0.00',
    'data/competitions/titanic',
    'sub_01',
  ]) {
    expect(stdout).toContain(part);
  }
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test.each([
  ['scoreless', 1],
  ['titanc', 2],
  ['unset', 3],
  ['rules', 4],
  ['late', 5],
  ['away', 6],
  ['second', 7],
  ['broken', 70],
  ['bug', 70],
])('run %s ends with exit code %i', async (slug, code) => {
  expect((await call(['run', slug])).code).toBe(code);
});

test('status tells how the account stands at Kaggle', async () => {
  const { stdout } = await call(['status', 'titanic']);
  const told = await call(['status', 'titanic', '--json']);

  expect(stdout).toMatch(/Kaggle: entered, rank 120 of 3,400, 4 submissions left today/);
  expect(JSON.parse(told.stdout).competition.participation).toMatchObject({ rank: 120, submissionsLeft: 4 });
});

test('an error is a sentence with a next step, and never a stack', async () => {
  const unknown = await call(['status', 'titanc']);
  const bug = await call(['status', 'bug']);

  expect(unknown.stderr).toBe('error  There is no competition "titanc".\n       Did you mean titanic?\n');
  expect(unknown.stdout).toBe('');
  expect(bug.stderr).toContain('Something broke on our side.');
  expect(bug.stderr).toContain('ref e_TEST');
  expect(`${bug.stderr}${bug.stdout}`).not.toMatch(/TypeError|secret|\.ts:/);
});

test('with --json an error is one document on standard output', async () => {
  const { stdout, stderr, code } = await call(['status', 'titanc', '--json']);

  expect(JSON.parse(stdout)).toEqual({
    schema: 1,
    error: {
      code: 'kaggle.unknown_competition',
      class: 'business',
      message: 'There is no competition "titanc".',
      next: ['Did you mean titanic?'],
      ref: null,
    },
  });
  expect([stderr, code]).toEqual(['', 2]);
});

test.each([
  [['sttaus', 'titanic'], "Unknown command 'sttaus'", 'Did you mean status?'],
  [['run'], "Missing required argument 'slug'", 'kaggle-agent help'],
  [['run', 'titanic', '--max-round', '2'], "Unknown option '--max-round'", 'Did you mean --max-rounds?'],
  [['run', 'titanic', '--max-rounds', 'two'], 'It must be a whole number', 'kaggle-agent help'],
  [['events', 'replay'], "Required option '--from <id>'", 'kaggle-agent help'],
])('%j is wrong usage: exit 2, the nearest match offered', async (args, what, next) => {
  const { code, stderr } = await call(args);

  expect(code).toBe(2);
  expect(stderr).toContain(what);
  expect(stderr).toContain(next);
});

test('wrong usage with --json is a document too', async () => {
  const { stdout, code } = await call(['sttaus', '--json']);

  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, error: { code: 'usage.invalid', class: 'usage' } });
  expect(code).toBe(2);
});

test('no verb at all prints the help on standard error and is wrong usage; help is an answer', async () => {
  const nothing = await call([]);
  const help = await call(['help']);
  const runHelp = await call(['run', '--help']);

  expect([nothing.code, help.code, runHelp.code]).toEqual([2, 0, 0]);
  expect(nothing.stderr).toContain('Usage: kaggle-agent');
  expect(help.stdout).toContain('doctor');
  expect(runHelp.stdout).toContain('--time-limit <seconds>');
});

test('global flags work before and after the verb and become settings', async () => {
  const before = await call(['--data', '/d', '--arena', 'a', 'list']);
  const after = await call(['list', '--data=/d', '--arena', 'a', '--arena', 'b', '--verbose']);

  expect(before.requests[0]?.flags).toEqual({ KAGGLE_AGENT_DATA: '/d', ARENA_DIR: 'a' });
  expect(after.requests[0]).toMatchObject({
    flags: { KAGGLE_AGENT_DATA: '/d', ARENA_DIR: 'a:b', LOG_LEVEL: 'debug' },
    isVerbose: true,
  });
});

test.each([
  [[], {}, true],
  [['--no-input'], {}, false],
  [[], { CI: 'true' }, false],
])('with %j and %o asking is possible: %s', async (flags, environment, canAsk) => {
  const { requests } = await call(['list', ...flags], { isTerminal: true, environment });

  expect(requests[0]?.canAsk).toBe(canAsk);
});

test('the demo opens with its own data and without keys, and picks its competition', async () => {
  const { requests, stderr } = await call(['demo']);

  expect(requests[0]?.isDemo).toBe(true);
  expect(stderr).toContain('Practice run of wine: real data, hidden labels');
});

test('doctor shows what is broken first and ends with 1 where something is', async () => {
  const { code, stdout } = await call(['doctor']);
  const json = await call(['doctor', '--json']);

  expect(stdout.split('\n')[0]).toMatch(/^error +kaggle +token refused \(401\) +→ new token$/);
  expect(stdout).toContain('1 error, 0 warnings');
  expect([code, json.code]).toEqual([1, 1]);
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: 1, ok: false });
});

test('config shows values and sources, secrets only as set; explain explains one', async () => {
  const list = await call(['config', '--data', '/d']);
  const one = await call(['config', 'explain', 'KAGGLE_AGENT_MAX_ROUNDS']);
  const typo = await call(['config', 'explain', 'KAGGLE_AGENT_MAX_ROUND']);

  expect(list.stdout).toMatch(/KAGGLE_AGENT_DATA +\/d +from flag/);
  expect(list.stdout).toMatch(/KAGGLE_API_TOKEN +set +from environment/);
  expect(list.stdout).not.toContain('s3cret');
  expect(one.stdout).toContain('unit         rounds');
  expect([typo.code, typo.stderr]).toEqual([
    2,
    expect.stringContaining('Did you mean KAGGLE_AGENT_MAX_ROUNDS?'),
  ]);
});

test('events are listed and replayed, the arena is built and listed', async () => {
  expect((await call(['events', 'list', '-n', '3'])).stdout.split('\n')).toHaveLength(5);
  expect((await call(['events', 'replay', '--from', '3', '--to', '5'])).stdout).toBe(
    '3 events are sent again.\n',
  );
  expect((await call(['arena', 'list'])).stdout).toContain('wine');
  const build = await call(['arena', 'build']);
  expect(build.stdout).toBe('Practice competitions: wine\n');
  expect(build.stderr).toBe('run    wine: 3 reference entrants\n');
});

test('quiet says nothing but the answer and errors', async () => {
  const { stderr } = await call(['run', 'titanic', '--quiet']);
  const broken = await call(['run', 'titanc', '--quiet']);

  expect(stderr).toBe('');
  expect(broken.stderr).toContain('There is no competition');
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends whatever runs with %i', async (name, code) => {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new Interrupted(name)), 50);
  onTestFinished(() => clearTimeout(timer));

  const ended = await call(['up'], { signal: ending.signal });

  expect(ended.code).toBe(code);
  expect(ended.stdout).toContain('Kaggle Agent 0.1.0 is ready (2.7 s)');
  expect(ended.stderr).not.toContain('error');
});
