import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeAction } from '../../../src/bot/action.ts';
import type { Form } from '../../../src/bot/form.ts';
import type { Ink } from '../../../src/bot/ink.ts';
import type { KnownCompetition } from '../../../src/domain/command-results.ts';
import { BusinessFailure } from '../../../src/domain/errors.ts';
import { hostileDetail, hostileNode, hostileQuery } from '../../support/briefs.ts';
import { aPerson, aPlace, doorOver, thisInstallation } from '../../support/door.ts';
import { aDecision, anOverview, flowsOver, now } from '../../support/overviews.ts';
import { aTreeView } from '../../support/tree-views.ts';

const admin = { person: aPerson('admin'), where: aPlace() };
const dayMs = 86_400_000;

function action(name: Parameters<typeof encodeAction>[0]['name'], ...args: string[]): string {
  return encodeAction({ installation: thisInstallation, name, args });
}

test.each([
  ['start', 'Start a competition', ['competition', 'budget', 'rounds', 'priority', 'approaches']],
  [
    '/kaggle START rounds=3',
    'Start a competition',
    ['competition', 'budget', 'rounds', 'priority', 'approaches'],
  ],
  ['budget set', 'Change a cap', ['scope', 'usd', 'reason']],
  ['@kaggle config edit', 'Settings', ['language', 'time-zone', 'digest', 'quiet-hours', 'bars']],
])('"%s" opens its form at once', (text, title, ids) => {
  const form = doorOver(flowsOver([])).formAtOnce({ text, ...admin });

  expect(form).toMatchObject({ title });
  expect(form?.fields.map(({ id }) => id)).toEqual(ids);
});

test('every form fits into every platform, in both languages', async () => {
  const door = doorOver(flowsOver([anOverview({ decisions: [aDecision()] })]));
  await door.refresh();
  const decision = aDecision().id;
  const forms = (['en', 'ja'] as const).flatMap((locale) =>
    [action('start-form'), action('budget-form'), action('config-form'), action('note', decision)].map(
      (pressed) =>
        door.formAtOnce({ action: pressed, person: aPerson('admin', { locale }), where: aPlace() }),
    ),
  );

  for (const form of forms) expectFits(form);
});

function expectFits(form: Form | null): void {
  if (form === null) throw new Error('there is no form');
  expect(form.title.length).toBeLessThanOrEqual(24);
  expect(form.submit.length).toBeLessThanOrEqual(24);
  expect(form.fields.length).toBeLessThanOrEqual(5);
  expect(form.action.length).toBeLessThanOrEqual(100);
  for (const field of form.fields) {
    expect(field.label.length).toBeLessThanOrEqual(45);
    expect((field.hint ?? '').length).toBeLessThanOrEqual(100);
  }
}

test('what was typed is filled in, and the form starts the competition', async () => {
  const flows = flowsOver([anOverview()]);
  const door = doorOver(flows);
  const form = door.formAtOnce({ text: 'start rounds=3 budget=2', ...admin });

  expect(form?.fields.map(({ initial }) => initial)).toEqual([null, '2', '3', null, null]);
  const reply = await door.submit({
    action: form?.action ?? '',
    answers: { competition: ' https://www.kaggle.com/c/titanic ', rounds: '３', budget: '$2.50' },
    ...admin,
  });

  expect(reply).toMatchObject({ kind: 'card', audience: 'public', card: { title: '🚀 Started titanic' } });
  expect(flows.calls).toEqual([
    { name: 'start', input: { slug: 'titanic', limits: { maxRounds: 3, budgetUsd: 2.5 } } },
  ]);
});

test('what is wrong in a form is said at its field, and nothing is done', async () => {
  const flows = flowsOver([]);
  const door = doorOver(flows);

  const start = await door.submit({
    action: action('start-form'),
    answers: { competition: '../etc', rounds: '0', budget: '-1', priority: '5000' },
    ...admin,
  });
  const budget = await door.submit({
    action: action('budget-form'),
    answers: { scope: 'x', usd: 'y' },
    ...admin,
  });
  const config = await door.submit({
    action: action('config-form'),
    answers: { 'time-zone': 'Mars', digest: '25:00', 'quiet-hours': 'late', bars: 'on' },
    ...admin,
  });

  expect(start).toMatchObject({ kind: 'errors', fields: { competition: expect.any(String) } });
  expect(start.kind === 'errors' && Object.keys(start.fields)).toEqual([
    'competition',
    'budget',
    'rounds',
    'priority',
  ]);
  expect(budget.kind === 'errors' && Object.keys(budget.fields)).toEqual(['scope', 'usd']);
  expect(config.kind === 'errors' && Object.keys(config.fields)).toEqual([
    'time-zone',
    'digest',
    'quiet-hours',
  ]);
  expect(flows.calls).toEqual([]);
});

test('settings and caps are changed by their forms', async () => {
  const flows = flowsOver([]);
  const door = doorOver(flows);

  await door.submit({
    action: action('config-form'),
    answers: {
      language: 'ja',
      'time-zone': 'Asia/Tokyo',
      digest: 'off',
      'quiet-hours': '22:00-08:00',
      bars: 'off',
    },
    ...admin,
  });
  await door.submit({
    action: action('budget-form'),
    answers: { scope: 'gpu_day', usd: '5', reason: 'final week' },
    ...admin,
  });

  expect(flows.calls).toEqual([
    {
      name: 'setPreferences',
      input: {
        language: 'ja',
        timeZone: 'Asia/Tokyo',
        digestAt: null,
        quietHours: { from: '22:00', to: '08:00' },
        bars: false,
      },
    },
    { name: 'setBudget', input: { scope: 'gpu_day', usd: 5, reason: 'final week' } },
  ]);
});

test.each([
  ['viewer', 'start titanic', 'Only operators can do that.'],
  ['viewer', 'start', 'Only operators can do that.'],
  ['viewer', 'pause titanic', 'Only operators can do that.'],
  ['viewer', 'stop titanic', 'Only operators can do that.'],
  ['viewer', 'decide titanic A', 'You are not an approver for titanic.'],
  ['operator', 'budget gpu-day 5', 'Only admins can do that.'],
  ['operator', 'config set bars off', 'Only admins can do that.'],
  [null, 'help', 'I only answer members of this place, not guests or people from elsewhere.'],
  [null, 'frobnicate', 'I only answer members of this place, not guests or people from elsewhere.'],
] as const)('as %s "%s" is refused, written down, and changes nothing', async (role, text, sentence) => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);
  const input = { text, person: aPerson(role), where: aPlace() };
  const door = doorOver(flows);

  const reply = await door.command(input);

  expect(door.formAtOnce(input)).toBeNull();
  expect(reply).toMatchObject({ kind: 'card', audience: 'private', card: { summary: sentence } });
  expect(flows.calls.map(({ name }) => name)).toEqual(['recordRefusal']);
});

test('whoever may only look gets no form from a button either', async () => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);
  const door = doorOver(flows);
  const asked = { action: action('start-form'), person: aPerson('viewer'), where: aPlace() };

  expect(door.formAtOnce(asked)).toBeNull();
  expect(await door.press(asked)).toMatchObject({ card: { title: 'Not allowed' } });
  expect(await door.submit({ ...asked, answers: { competition: 'titanic' } })).toMatchObject({
    card: { title: 'Not allowed' },
  });
  expect(await door.suggest({ typed: '', person: aPerson(null) })).toEqual([]);
});

function aKnown(slug: string, overrides: Partial<KnownCompetition> = {}): KnownCompetition {
  const deadline = new Date(now.getTime() + 20 * dayMs);
  return { slug, title: slug, state: 'discovered', isRequested: false, deadline, ...overrides };
}

test('suggestions: beginnings among those that run, then running, entered, and open ones by deadline', async () => {
  const door = doorOver(
    flowsOver([], {
      known: async () => [
        aKnown('open-late', { deadline: new Date(now.getTime() + 90 * dayMs) }),
        aKnown('open-soon', { deadline: new Date(now.getTime() + dayMs) }),
        aKnown('over', { deadline: new Date(now.getTime() - dayMs) }),
        aKnown('was-open', { state: 'completed', isRequested: true }),
        aKnown('not-open-yet', { state: 'training', isRequested: true }),
        aKnown('opens', { state: 'training', isRequested: true }),
        aKnown('titanic', { title: 'タイタニック号の予測' }),
      ],
    }),
  );
  await door.refresh();
  const suggest = async (typed: string) =>
    (await door.suggest({ typed, person: aPerson() })).map(({ value }) => value);

  expect(await suggest('open')).toEqual(['opens', 'not-open-yet', 'was-open', 'open-soon', 'open-late']);
  expect(await suggest('')).toHaveLength(6);
  expect(await suggest('たいたにっく')).toEqual(['titanic']);
  expect(await door.suggest({ typed: 'xyz', person: aPerson() })).toEqual([
    { label: 'Look up "xyz"', value: 'xyz' },
  ]);
  expect(await suggest('what is this?')).toEqual([]);
});

/** Wraps what it made safe, so that anything else that comes from outside shows. */
const strictInk: Ink = {
  text: (plain) => plain.replaceAll(/[<>&*_~`@|[\]]/g, ''),
  bold: (markup) => markup,
  code: (plain) => plain.replaceAll(/[<>&*_~`@|[\]]/g, ''),
  link: (plain) => plain.replaceAll(/[<>&*_~`@|[\]]/g, ''),
  time: (_at, fallback) => fallback,
  person: (_actor, name) => (name ?? '').replaceAll(/[<>&*_~`@|[\]]/g, ''),
};

const hostile = fc
  .array(
    fc.constantFrom('<!channel>', '@everyone', '*b*', '`c`', '[x](http://e)', '<@U1>', '~s~', '_i_', ' '),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(''));

test('what people and vendors write never becomes markup, however it is asked for', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const flows = flowsOver(
        [anOverview({ title: text, decisions: [aDecision({ question: text, context: text })] })],
        {
          pause: async () => {
            throw new BusinessFailure(text, { code: 'a.b', details: { next: [text] } });
          },
          research: async () => ({
            round: 1,
            queries: [hostileQuery(text)],
            approaches: [
              {
                ...{ round: 1, name: text, title: text, rationale: text, status: text, cv: null },
                ...{ requirements: [text], sources: [{ title: text, url: text }], lessons: [text] },
              },
            ],
          }),
          tree: async () => aTreeView({ nodes: [hostileNode(text)] }),
          node: async () => hostileDetail(text),
        },
      );
      const where = aPlace({ ink: strictInk });
      const person = aPerson('admin', { name: text });
      for (const line of [
        'start titanic',
        'status titanic',
        'list',
        'research titanic',
        'tree titanic',
        'node titanic 1',
        'decide',
        'pause titanic',
        `budget gpu-day 5 ${text}`,
        `${text}`,
        `start ${text}`,
        `decide nothing ${text}`,
        `config set bars ${text}`,
      ]) {
        const reply = await doorOver(flows).command({ text: line, person, where });
        if (reply.kind !== 'card') continue;
        const { body, items, facts, footer, title, summary } = reply.card;
        const markup = [
          ...body,
          ...items.map((item) => item.markup),
          ...facts.map(({ value }) => value),
          footer,
        ];
        expect(markup.join('\n')).not.toMatch(/[<>*_~`|[\]]|@everyone/);
        expect(title.length).toBeLessThanOrEqual(150);
        expect(summary.length).toBeLessThanOrEqual(150);
      }
    }),
    { numRuns: 25 },
  );
});
