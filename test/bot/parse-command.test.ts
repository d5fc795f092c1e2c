import { expect, test } from 'vitest';
import { commandLine } from '../../src/bot/command-line.ts';
import { commandDefinitions, verbs } from '../../src/bot/commands.ts';
import { parseCommand } from '../../src/bot/parse-command.ts';

test.each([
  '/kaggle start titanic',
  'kaggle start titanic',
  '@kaggle START Titanic',
  '/start titanic',
  '  start   titanic ',
  'ｓｔａｒｔ　ｔｉｔａｎｉｃ',
  'start https://www.kaggle.com/competitions/titanic/overview',
  'start https://www.kaggle.com/c/titanic?utm=x',
  'start <https://kaggle.com/c/titanic|titanic>',
  'start <https://www.kaggle.com/competitions/titanic>',
])('"%s" starts titanic', (line) => {
  expect(parseCommand(line)).toEqual({
    kind: 'command',
    command: { verb: 'start', slug: 'titanic', limits: {}, priority: null },
  });
});

test.each([
  'start titanic rounds=3 time-limit=600 approaches=2 priority=5 budget=2.50',
  'start titanic --max-rounds 3 --time-limit 10m --approaches=2 --priority 5 --budget $2.5',
  'start --rounds=3 titanic –time-limit=600 —approaches=2 --priority=5 budget=2.5usd',
  'start titanic rounds:3 time-limit:600s approaches:2 priority:5 budget:2.5',
])('"%s" carries its limits', (line) => {
  expect(parseCommand(line)).toMatchObject({
    command: {
      slug: 'titanic',
      limits: { maxRounds: 3, timeLimitSeconds: 600, approachesPerRound: 2, budgetUsd: 2.5 },
      priority: 5,
    },
  });
});

test.each([
  ['start titanic house-prices', { is: 'two_slugs', first: 'titanic', second: 'house-prices' }],
  ['start titanic rounds=many', { is: 'not_whole', name: 'rounds' }],
  ['start titanic rounds=0', { is: 'not_whole', name: 'rounds' }],
  ['start titanic priority=1001', { is: 'out_of_range', name: 'priority', min: '1', max: '1000' }],
  ['start titanic budget=-5', { is: 'not_money', name: 'budget' }],
  ['start titanic budget=1e9', { is: 'not_money', name: 'budget' }],
  ['start titanic colour=3', { is: 'unknown_option', name: 'colour', verb: 'start' }],
  ['start ../../etc', { is: 'no_slug', typed: '../../etc' }],
  ['pause "; drop table', { is: 'no_slug', typed: '";' }],
  ['pause titanic wine', { is: 'two_slugs', first: 'titanic', second: 'wine' }],
  ['list everything', { is: 'unknown_word', typed: 'everything', choices: 'running, done, all, available' }],
  ['budget gpu-day', { is: 'missing', name: 'usd' }],
  ['budget gpu-day lots', { is: 'not_money', name: 'usd' }],
  [
    'budget set coffee 5',
    { is: 'unknown_word', typed: 'coffee', choices: 'gpu-day, gpu-hour, llm-day, llm-competition' },
  ],
  ['config set bars', { is: 'missing', name: 'bars' }],
  [
    'discover soon',
    { is: 'unknown_word', typed: 'soon', choices: 'best, new, watched, ignored, entered, all' },
  ],
  ['why titanic time', { is: 'missing', name: 'time' }],
  ['why titanic time 2', { is: 'not_share', name: 'time' }],
  ['why titanic time -1', { is: 'not_share', name: 'time' }],
  ['why titanic time 0.5 0.6', { is: 'not_share', name: 'time' }],
  [
    'why titanic house-prices',
    {
      is: 'unknown_word',
      typed: 'house-prices',
      choices: 'time, data, modality, submission, metric, budget',
    },
  ],
])('"%s" is answered with what is wrong', (line, problem) => {
  expect(parseCommand(line)).toMatchObject({ kind: 'usage', problem });
});

test.each([
  ['start', { verb: 'start', slug: null, limits: {}, priority: null }],
  ['st', { verb: 'status', slug: null, isPublic: false }],
  ['status titanic public', { verb: 'status', slug: 'titanic', isPublic: true }],
  ['status public:true', { verb: 'status', slug: null, isPublic: true }],
  ['ls', { verb: 'list', filter: 'all', page: 1, isPublic: false }],
  ['list Done 2 public', { verb: 'list', filter: 'done', page: 2, isPublic: true }],
  ['lb titanic', { verb: 'leaderboard', slug: 'titanic', isPublic: false }],
  ['research titanic public', { verb: 'research', slug: 'titanic', isPublic: true }],
  ['?', { verb: 'help', topic: null }],
  ['help lb', { verb: 'help', topic: 'leaderboard' }],
  ['discover', { verb: 'discover', filter: 'best', page: 1, isPublic: false }],
  ['discover New 2 public', { verb: 'discover', filter: 'new', page: 2, isPublic: true }],
  ['why titanic', { verb: 'why', slug: 'titanic', change: null, isPublic: false }],
  [
    'why modality 0.5',
    { verb: 'why', slug: null, change: { factor: 'modality', value: 0.5 }, isPublic: false },
  ],
  [
    'why titanic set Modality=.5',
    { verb: 'why', slug: 'titanic', change: { factor: 'modality', value: 0.5 }, isPublic: false },
  ],
  [
    'feasibility titanic budget auto public',
    { verb: 'why', slug: 'titanic', change: { factor: 'budget', value: null }, isPublic: true },
  ],
  ['logs', { verb: 'logs', about: 'competition', slug: null, limit: 20, isPublic: false }],
  ['logs titanic 50', { verb: 'logs', about: 'competition', slug: 'titanic', limit: 50, isPublic: false }],
  ['logs 999999', { verb: 'logs', about: 'competition', slug: null, limit: 500, isPublic: false }],
  ['logs decisions public', { verb: 'logs', about: 'decisions', isPublic: true }],
  ['budget titanic', { verb: 'budget', slug: 'titanic', change: null, isPublic: false }],
  [
    'budget gpu-day $5 final week',
    {
      verb: 'budget',
      slug: null,
      change: { scope: 'gpu_day', usd: 5, reason: 'final week' },
      isPublic: true,
    },
  ],
  [
    'budget set GPU_HOUR 0.5',
    { verb: 'budget', slug: null, change: { scope: 'fleet_hour', usd: 0.5, reason: null }, isPublic: true },
  ],
  ['config', { verb: 'config', change: null }],
  ['config set quiet-hours 22:00-08:00', configChange('quiet-hours', '22:00-08:00')],
  ['settings language ja', configChange('language', 'ja')],
  ['decide', { verb: 'decide', target: null, option: null, note: null }],
  ['A', { verb: 'decide', target: null, option: 'A', note: null }],
  ['@kaggle b not now', { verb: 'decide', target: null, option: 'b', note: 'not now' }],
  ['decide a', { verb: 'decide', target: null, option: 'a', note: null }],
  ['decide 2 no neural nets', { verb: 'decide', target: null, option: '2', note: 'no neural nets' }],
  [
    'decide dc_01JA2Q B “skip neural nets”',
    { verb: 'decide', target: 'dc_01JA2Q', option: 'B', note: 'skip neural nets' },
  ],
  ['decide titanic A', { verb: 'decide', target: 'titanic', option: 'A', note: null }],
])('"%s" is understood', (line, command) => {
  expect(parseCommand(line)).toEqual({ kind: 'command', command });
});

function configChange(name: string, value: string) {
  return { verb: 'config', change: { name, value } };
}

test('a note is cut at 500 characters, and an endless line does no harm', () => {
  const parsed = parseCommand(`decide A ${'x'.repeat(700)}`);

  expect(parsed).toMatchObject({ command: { note: 'x'.repeat(500) } });
  expect(parseCommand('decide '.repeat(100_000))).toMatchObject({ kind: 'command' });
});

test.each([
  ['statsu', 'status'],
  ['puase titanic', 'pause'],
  ['/kaggle lst', 'list'],
  ['leaderbord', 'leaderboard'],
  ['reserch', 'research'],
  ['frobnicate', null],
  ['xx', null],
])('"%s" is no verb; the nearest is offered: %s', (line, nearest) => {
  expect(parseCommand(line)).toMatchObject({ kind: 'unknown', nearest });
});

test.each(['', '   ', '/kaggle', '@kaggle '])('"%s" says nothing', (line) => {
  expect(parseCommand(line)).toEqual({ kind: 'empty' });
});

test('every example of the definitions is understood as its own verb', () => {
  for (const verb of verbs) {
    const parsed = parseCommand(commandDefinitions[verb].example);
    expect(parsed).toMatchObject({ kind: 'command', command: { verb } });
  }
});

test('no two commands share a name or an alias', () => {
  const names = verbs.flatMap((verb) => [verb, ...commandDefinitions[verb].aliases]);

  expect(new Set(names).size).toBe(names.length);
});

test("a platform's typed options become the line that a person would have typed", () => {
  const start = { competition: 'titanic', rounds: 3, budget: 2.5, priority: null, approaches: undefined };

  expect(commandLine('start', start)).toBe('start titanic budget=2.5 rounds=3');
  expect(commandLine('status', { public: true })).toBe('status public');
  expect(commandLine('budget', { cap: 'gpu-day', usd: 5, reason: 'final week', public: false })).toBe(
    'budget gpu-day 5 final week',
  );
  expect(commandLine('config', { name: 'bars', value: 'off' })).toBe('config bars off');
  expect(commandLine('logs', { competition: 'titanic', lines: 50 })).toBe('logs titanic 50');
});

test('every option that a platform may offer is understood', () => {
  const samples = { competition: 'titanic', text: 'word', flag: true, whole: 2, money: 2 };
  for (const verb of verbs) {
    for (const parameter of commandDefinitions[verb].parameters) {
      const isAlone = !['usd', 'reason', 'value', 'name', 'cap', 'factor', 'to'].includes(parameter.name);
      const value = parameter.kind === 'choice' ? (parameter.choices[0] ?? '') : samples[parameter.kind];
      const line = commandLine(verb, { [parameter.name]: value });
      if (isAlone) expect([line, parseCommand(line)]).toMatchObject([line, { kind: 'command' }]);
    }
  }
});
