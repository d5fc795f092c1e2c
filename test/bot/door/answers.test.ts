import { expect, test } from 'vitest';
import type { Card } from '../../../src/bot/card.ts';
import { type CommandParameter, commandDefinitions, verbs } from '../../../src/bot/commands.ts';
import { cardText } from '../../../src/bot/console/card-text.ts';
import type { Reply } from '../../../src/bot/door.ts';
import type { CommandFlows } from '../../../src/domain/command-results.ts';
import { BusinessFailure, ConfigurationFailure, TransientFailure } from '../../../src/domain/errors.ts';
import { aQuery } from '../../support/briefs.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { aLeaderboard, aSnapshot } from '../../support/leaderboards.ts';
import { aDecision, anOverview, flowsOver, now } from '../../support/overviews.ts';
import { aNodeDetail, aSmallTree } from '../../support/tree-views.ts';

const hourMs = 3_600_000;

/** Everything that can be shown is there. */
function fullFlows(overrides: Partial<CommandFlows> = {}) {
  const snapshot = aSnapshot({ takenAt: now, entrants: 4, rank: 2, gold: 0.8 });
  return flowsOver(
    [
      anOverview({
        decisions: [aDecision()],
        approaches: [
          {
            round: 1,
            name: 'boosting',
            title: 'Boosting',
            family: 'boosting',
            status: 'trained',
            cv: 0.8012,
            cvSd: 0.0041,
            estimate: 0.8,
            error: null,
          },
        ],
        best: {
          approach: 'boosting',
          cv: 0.8012,
          submission: 'sub_01',
          score: 0.79186,
          rank: 3,
          entrants: 12,
        },
      }),
      anOverview({ slug: 'wine', state: 'paused', resumeState: 'training' }),
      anOverview({ slug: 'spam', state: 'completed' }),
    ],
    {
      leaderboard: async () =>
        aLeaderboard({
          snapshots: [
            { ...snapshot, top: [{ name: 'kagglefan', score: 0.8 }] },
            { ...snapshot, rank: 3, score: 0.77, takenAt: new Date(now.getTime() - hourMs), top: [] },
          ],
          submissions: [
            {
              approach: 'boosting',
              round: 1,
              cv: 0.8,
              publicScore: 0.79,
              privateScore: 0.78,
              isCounted: true,
            },
          ],
        }),
      research: async () => ({
        round: 1,
        queries: [
          aQuery({
            kind: 'features',
            provider: 'gemini',
            asked: [{ provider: 'agentspace', outcome: 'failed', message: '混雑' }],
            findings: [
              { claim: '家族の人数', sources: [{ title: 'notebook', url: 'https://www.kaggle.com/code/x' }] },
            ],
          }),
          aQuery({ kind: 'discussion', status: 'failed', provider: null, error: '応答なし' }),
          aQuery({ kind: 'step', status: 'planned', provider: null }),
        ],
        approaches: [
          {
            round: 1,
            name: 'gb',
            title: 'gb',
            rationale: '',
            status: 'trained',
            cv: 0.8,
            requirements: [],
            sources: [],
          },
        ],
      }),
      tree: async () => aSmallTree(),
      node: async ({ slug, which }) =>
        which === '5'
          ? { found: true, detail: aNodeDetail() }
          : { found: false, slug, typed: which, nodes: [{ number: 5, name: 'b' }] },
      logs: async () => ({ runs: [aRun()] }),
      decisionLog: async () => [
        {
          at: now,
          actor: { type: 'slack', teamId: 'T1', userId: 'U9' },
          name: 'rin',
          action: 'decision.answered',
          slug: 'titanic',
          decisionId: aDecision().id,
          question: null,
          askedAt: now,
          option: null,
          byDefault: false,
        },
      ],
      ...overrides,
    },
  );
}

function aRun(errorMessage = 'The script ended with an error.') {
  return {
    job: 'gpu.train',
    item: 'boosting',
    attempt: 2,
    status: 'failed',
    startedAt: now,
    endedAt: new Date(now.getTime() + 4_000),
    outcome: null,
    errorClass: 'business',
    errorCode: 'training.script_failed',
    errorMessage,
  };
}

function cardOf(reply: Reply): Card {
  if (reply.kind !== 'card') throw new Error(`a card was expected, not ${reply.kind}`);
  return reply.card;
}

async function ask(text: string, flows = fullFlows(), person = aPerson('admin'), where = aPlace()) {
  return await doorOver(flows).command({ text, person, where });
}

test.each([
  ['start titanic rounds=2', 'public', '🚀 Started titanic'],
  ['pause titanic', 'public', '⏸ titanic paused'],
  ['resume wine', 'public', '▶ wine resumed'],
  ['stop titanic', 'private', 'Stop titanic?'],
  ['stop spam', 'private', 'spam has ended before'],
  ['status titanic', 'private', 'titanic · training'],
  ['status titanic public', 'public', 'titanic · training'],
  ['list', 'private', '3 competitions · 1 running'],
  ['list available public', 'public', '0 competitions could be started'],
  ['leaderboard titanic', 'private', 'titanic · leaderboard'],
  ['research titanic', 'private', 'titanic · research'],
  ['discover', 'private', '1 competition could be entered'],
  ['discover new public', 'public', '1 competition is new this week'],
  ['why titanic', 'private', 'titanic: feasibility 72 of 100'],
  ['why titanic modality 0.5', 'private', 'titanic: feasibility 72 of 100'],
  ['logs titanic', 'private', 'titanic · the last step'],
  ['logs decisions', 'private', 'Decisions'],
  ['decide', 'private', 'Decision needed · titanic'],
  ['decide A', 'private', 'Recorded'],
  ['budget', 'private', 'Budget'],
  ['budget titanic public', 'public', 'Budget'],
  ['budget gpu-day 5 final week', 'public', 'Budget changed'],
  ['config', 'private', 'Settings'],
  ['config set bars off', 'public', 'Settings changed'],
  ['help', 'private', 'What I can do'],
  ['help start', 'private', 'Help · start'],
  ['strat', 'private', 'I don\'t know the command "strat".'],
  ['start a b', 'private', "I can't do that yet"],
  ['pause', 'public', '⏸ titanic paused'],
])('"%s" is answered in %s with "%s"', async (text, audience, title) => {
  const reply = await ask(text);

  expect(reply).toMatchObject({ audience, locale: 'en' });
  expect(cardOf(reply).title).toContain(title);
});

/** What stays as it is in every language: commands, names, units, ids, log lines and the agent's own English. */
const untranslated = new Set([
  ...verbs.flatMap((verb) => [verb, ...commandDefinitions[verb].aliases]),
  ...verbs.flatMap((verb) => commandDefinitions[verb].parameters.flatMap(wordsOfParameter)),
  ...'agent asia attempt auto cpu cut data decisions english gpu kaggle none off private public ref slug tokyo usd utc zone later again'.split(
    ' ',
  ),
  ...'strat titanic wine spam mika rin kagglefan notebook boosting accuracy gold'.split(' '),
  ...'gpu train training error failed business script competitions'.split(' '),
  ...'gemini agentspace claude lightgbm linear forest blend plain counts target fix'.split(' '),
  ...'nothing numbers features leaks own split model second mib'.split(' '),
]);
const ownEnglish = [
  'Titanic - Machine Learning from Disaster',
  'What should I do next?',
  'The last 4 experiments did not improve the score.',
  'The script ended with an error.',
  'another round',
  'no further cost',
  'Gradient boosting',
  'Counts of rare values say who travelled together.',
  'One thing should be looked at.',
  'It splits the rows by itself.',
  'It uses every file that was given.',
];

function wordsOfParameter(parameter: CommandParameter): string[] {
  const words = [parameter.name, ...(parameter.kind === 'choice' ? parameter.choices : [])];
  return words.flatMap((word) => word.split(/[-_]/));
}

/** English words of three letters or more that should have been Japanese. */
function englishIn(shown: string): string[] {
  const rest = ownEnglish.reduce((text, own) => text.replaceAll(own, ''), shown);
  const words = rest.replace(/\/kaggle [^\n→·]*|https:\/\/\S+|\be_\w+/g, '').match(/[a-z]{3,}/gi) ?? [];
  return words.filter((word) => !untranslated.has(word.toLowerCase()));
}

test.each([
  'start titanic',
  'pause titanic',
  'stop titanic',
  'status titanic',
  'list',
  'leaderboard titanic',
  'research titanic',
  'tree titanic',
  'node titanic 5',
  'node titanic nothing',
  'discover',
  'discover watched',
  'why titanic',
  'why titanic modality 0.5',
  'why titanic modality 7',
  'logs titanic',
  'logs decisions',
  'decide',
  'decide A',
  'budget titanic',
  'budget gpu-day 5',
  'config',
  'help',
  ...verbs.map((verb) => `help ${verb}`),
  'strat',
  'start a b',
])('"%s" leaves no English in a Japanese answer', async (text) => {
  const flows = fullFlows({
    preferences: async () => ({
      language: 'ja',
      timeZone: 'Asia/Tokyo',
      quietHours: null,
      digestAt: null,
      bars: true,
      broadcast: ['started'],
    }),
  });
  const door = doorOver(flows);
  await door.refresh();

  const reply = await door.command({ text, person: aPerson('admin', { locale: 'ja' }), where: aPlace() });

  expect(reply).toMatchObject({ locale: 'ja' });
  const card = cardOf(reply);
  const labels = card.actions.flatMap((one) => (one.kind === 'menu' ? [] : [one.label]));
  const shown = [cardText(card), card.summary, ...labels].join('\n');
  expect(englishIn(shown)).toEqual([]);
  expect(shown).toMatch(/[ぁ-んァ-ン一-龠]/);
});

test("a private answer is in the person's language, a public one in the channel's", async () => {
  const person = aPerson('admin', { locale: 'ja' });

  expect(await ask('list', fullFlows(), person)).toMatchObject({ audience: 'private', locale: 'ja' });
  expect(await ask('pause titanic', fullFlows(), person)).toMatchObject({ audience: 'public', locale: 'en' });
});

test('in the home channel, where the cards tell it, the answer to what changed something is private', async () => {
  const where = aPlace({ isHome: true });

  expect(await ask('start titanic', fullFlows(), aPerson(), where)).toMatchObject({ audience: 'private' });
});

test('commands reach the flow that they name', async () => {
  const flows = fullFlows();

  await ask('/kaggle start titanic rounds=1 priority=4 budget=2', flows);
  await ask('budget gpu-day 5 final week', flows);
  await ask('config set quiet-hours 22:00-8:00', flows);

  expect(flows.calls).toEqual([
    { name: 'start', input: { slug: 'titanic', limits: { maxRounds: 1, budgetUsd: 2 }, priority: 4 } },
    { name: 'setBudget', input: { scope: 'gpu_day', usd: 5, reason: 'final week' } },
    { name: 'setPreferences', input: { quietHours: { from: '22:00', to: '08:00' } } },
  ]);
});

test('a thread names its competition, and help there never speaks of slash commands', async () => {
  const flows = fullFlows({
    competitionOfThread: async ({ threadId }) => (threadId === '17.1' ? 'wine' : null),
  });
  const where = aPlace({ threadId: '17.1', canSlash: false });

  const status = cardOf(await ask('status', flows, aPerson(), where));
  const help = cardOf(await ask('help', flows, aPerson(), where));
  await ask('resume', flows, aPerson(), where);

  expect(status.title).toContain('wine · paused');
  expect(flows.calls).toEqual([{ name: 'resume', input: { slug: 'wine' } }]);
  expect([...help.body, help.footer].join('\n')).toContain('@kaggle status');
  expect([...help.body, help.footer].join('\n')).not.toContain('/kaggle');
});

test('without a slug and a thread it is asked which competition is meant, with a button for each', async () => {
  const flows = flowsOver([anOverview(), anOverview({ slug: 'wine' })]);

  const card = cardOf(await ask('pause', flows));

  expect(card.title).toBe('Which one?');
  expect(card.actions).toMatchObject([{ label: 'titanic' }, { label: 'wine' }]);
  expect(flows.calls).toEqual([]);
});

test('a letter in a thread answers the only decision there; else it is asked which', async () => {
  const other = aDecision({ id: '0198c1f0-0000-7000-8000-000000000002', shortId: '00000002', slug: 'wine' });
  const flows = flowsOver(
    [anOverview({ decisions: [aDecision()] }), anOverview({ slug: 'wine', decisions: [other] })],
    { competitionOfThread: async () => 'wine' },
  );

  const anywhere = cardOf(await ask('A', flows));
  const inThread = await ask('A', flows, aPerson(), aPlace({ threadId: '17.1', canSlash: false }));

  expect(cardText(anywhere)).toContain('Several decisions are open; say which.');
  expect(cardOf(inThread).title).toBe('Recorded');
  expect(flows.calls).toEqual([
    {
      name: 'decide',
      input: { decisionId: other.id, slug: 'wine', option: 'retry_different_approach', byName: 'mika' },
    },
  ]);
});

test('a typed option that cannot be undone is asked back, unless it is named or carries a note', async () => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);

  const asked = cardOf(await ask('decide B', flows));
  expect(asked.body).toContain('This cannot be undone.');
  expect(flows.calls).toEqual([]);
  await ask('decide B enough for today', flows);
  await ask(`decide titanic B`, flows);

  expect(flows.calls).toMatchObject([
    { input: { option: 'skip_competition', note: 'enough for today' } },
    { input: { option: 'skip_competition' } },
  ]);
});

test('what is unknown is answered with what was nearly typed, as buttons', async () => {
  const flows = fullFlows({
    start: async () => {
      throw new BusinessFailure('There is no competition titanc at Kaggle.', {
        code: 'kaggle.unknown_competition',
        details: { suggestions: ['titanic', 'titanic-2'] },
      });
    },
  });

  const card = cardOf(await ask('start titanc', flows));

  expect(card.summary).toBe('Kaggle has no competition "titanc" that this account can see.');
  expect(card.actions).toMatchObject([
    { label: 'titanic', action: 'k1.0198c1f0.start.titanic' },
    { label: 'titanic-2', action: 'k1.0198c1f0.start.titanic-2' },
  ]);
});

test('a failure says what, what next and a reference; what nobody meant to throw shows no more', async () => {
  const failing = (error: Error) =>
    ask(
      'pause titanic',
      fullFlows({
        pause: async () => {
          throw error;
        },
      }),
    );

  const away = cardOf(await failing(new TransientFailure('Kaggle is away.', { code: 'kaggle.away' })));
  const bad = cardOf(await failing(new ConfigurationFailure('The key is wrong.', { code: 'kaggle.key' })));
  const bug = cardOf(await failing(new TypeError("Cannot read properties of undefined (reading 'x')")));

  expect(away).toMatchObject({ title: 'Not right now', actions: [{ label: 'Try again' }] });
  expect(bad.footer).toMatch(/^ref e_[0-9A-F]{4} · kaggle\.key$/);
  expect(cardText(bug)).toContain('Something broke on our side.');
  expect(cardText(bug)).not.toMatch(/TypeError|undefined|Cannot/);
});

test('rules that are not accepted come with a link to them and another try', async () => {
  const flows = fullFlows({
    start: async () => {
      throw new BusinessFailure('The rules are not accepted yet.', { code: 'kaggle.rules_not_accepted' });
    },
  });

  expect(cardOf(await ask('start titanic', flows)).actions).toMatchObject([
    { kind: 'link', url: 'https://www.kaggle.com/competitions/titanic/rules' },
    { kind: 'button', label: 'Try again', action: 'k1.0198c1f0.start.titanic' },
  ]);
});

test('a start that waits at a gate says what to do, with the link, and that it begins by itself', async () => {
  const base = fullFlows();
  const flows = fullFlows({
    start: async (input) => ({
      ...(await base.start(input)),
      outcome: 'waiting',
      gate: {
        kind: 'verification_required',
        sentence: 'Kaggle wants the phone number of our account to be verified first.',
        task: 'Verify it at https://www.kaggle.com/settings/phone.',
        link: 'https://www.kaggle.com/settings/phone',
      },
    }),
  });

  const card = cardOf(await ask('start titanic', flows));

  expect(card).toMatchObject({ title: '🟡 titanic waits for you', tone: 'attention' });
  expect(cardText(card)).toContain('Verify it at');
  expect(cardText(card)).toContain('begins by itself');
  expect(card.actions).toMatchObject([
    { kind: 'link', label: 'Open settings', url: 'https://www.kaggle.com/settings/phone' },
    { kind: 'button', label: 'Try again' },
    { kind: 'button', label: 'Stop' },
  ]);
});

test('long logs become a tail and a file', async () => {
  const runs = Array.from({ length: 60 }, (_, index) => aRun(`error number ${index}`));

  const card = cardOf(await ask('logs titanic 60', fullFlows({ logs: async () => ({ runs }) })));

  expect(card.pre?.length).toBeLessThanOrEqual(2_500);
  expect(card.pre).toContain('error number 59');
  expect(card.pre).not.toContain('error number 0\n');
  expect(card.file?.name).toBe('titanic.log');
  expect(card.file?.text).toContain('error number 0');
});

test('a long list has pages, and what needs somebody comes first', async () => {
  const many = Array.from({ length: 23 }, (_, index) => anOverview({ slug: `c${index + 10}` }));
  const flows = flowsOver([...many, anOverview({ slug: 'zz', decisions: [aDecision({ slug: 'zz' })] })]);

  const first = cardOf(await ask('list', flows));
  const last = cardOf(await ask('list all 3', flows));

  expect(first.items).toHaveLength(10);
  expect(first.items[0]?.markup).toContain('zz');
  expect(first.items[0]?.action).toMatchObject({ label: 'Decide' });
  expect(first.actions[0]).toMatchObject({ label: 'Next', action: 'k1.0198c1f0.list.all.2' });
  expect(last.items).toHaveLength(4);
  expect(last.footer).toContain('Page 3 of 3');
});

test('the leaderboard comes with a chart of our scores and the medal that is in sight', async () => {
  const card = cardOf(await ask('leaderboard titanic'));

  expect(card.images).toMatchObject([
    {
      chart: { points: [{ value: 0.77 }, { value: 0.79 }], lines: [{ label: 'gold', value: 0.8 }] },
      alt: expect.stringContaining('0.77000'),
    },
  ]);
  expect(card.table?.rows).toEqual([
    ['1', 'kagglefan', '0.80000'],
    ['2', '◀ we', '0.79000'],
  ]);
});

test('the dashboard shows first what needs somebody', async () => {
  const door = doorOver(fullFlows());

  const cards = await door.home({ person: aPerson(), where: aPlace() });

  expect(cards.map(({ title }) => title)).toEqual([
    'Kaggle Agent',
    expect.stringContaining('Decision needed · titanic'),
    '3 competitions · 1 running',
    'Budget',
  ]);
  const guest = await door.home({ person: aPerson(null), where: aPlace() });
  expect(guest.map(({ title }) => title)).toEqual(['Not allowed']);
});
