import { expect, test } from 'vitest';
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
])('"%s" starts titanic', (line) => {
  expect(parseCommand(line)).toEqual({
    kind: 'command',
    command: { verb: 'start', slug: 'titanic', limits: {}, priority: null },
  });
});

test.each([
  'start titanic rounds=3 time-limit=600 approaches=2 priority=5',
  'start titanic --max-rounds 3 --time-limit 600 --approaches=2 --priority 5',
  'start --rounds=3 titanic –time-limit=600 —approaches=2 --priority=5',
])('"%s" carries its limits', (line) => {
  expect(parseCommand(line)).toMatchObject({
    command: {
      slug: 'titanic',
      limits: { maxRounds: 3, timeLimitSeconds: 600, approachesPerRound: 2 },
      priority: 5,
    },
  });
});

test.each([
  ['start', 'which competition?'],
  ['start titanic house-prices', 'one competition at a time: "titanic" and "house-prices" are two'],
  ['start titanic rounds=many', 'rounds must be a whole number, for example rounds=3'],
  ['start titanic rounds=0', 'rounds must be a whole number, for example rounds=3'],
  ['start titanic colour=3', '"colour" is no option of start'],
  ['start ../../etc', '"../../etc" is no competition\'s slug'],
  ['pause "; drop table', '"";" is no competition\'s slug'],
])('"%s" is answered with what is wrong', (line, problem) => {
  expect(parseCommand(line)).toMatchObject({
    kind: 'usage',
    problem,
  });
});

test.each([
  ['st', { verb: 'status', slug: null }],
  ['ls', { verb: 'list' }],
  ['lb titanic', { verb: 'leaderboard', slug: 'titanic' }],
  ['?', { verb: 'help', topic: null }],
  ['help lb', { verb: 'help', topic: 'leaderboard' }],
  ['logs', { verb: 'logs', slug: null, limit: 20 }],
  ['logs titanic 50', { verb: 'logs', slug: 'titanic', limit: 50 }],
  ['decide', { verb: 'decide', target: null, option: null, note: null }],
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

test.each([
  ['statsu', 'status'],
  ['puase titanic', 'pause'],
  ['/kaggle lst', 'list'],
  ['leaderbord', 'leaderboard'],
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
