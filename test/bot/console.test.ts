import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { complete, createConsole } from '../../src/bot/console/console.ts';
import { createSession } from '../../src/bot/console/session.ts';
import type { CardContent } from '../../src/domain/card.ts';
import type { OutgoingCard, Posted } from '../../src/domain/chat.ts';
import type { CommandFlows } from '../../src/domain/command-results.ts';
import { BusinessFailure } from '../../src/domain/errors.ts';
import type { Person } from '../../src/domain/person.ts';
import { aDecisionCard, aNotice, anOutgoingCard, aStatus } from '../support/card-facts.ts';
import { doorOver, thisInstallation } from '../support/door.ts';
import { eventually } from '../support/eventually.ts';
import { aDecision, anOverview, flowsOver, now } from '../support/overviews.ts';

const me: Person = {
  actor: { type: 'console', user: 'mika' },
  name: 'mika',
  role: 'admin',
  locale: null,
  timeZone: 'UTC',
};

function sessionOver(flows: CommandFlows) {
  return createSession({ door: doorOver(flows), person: me, now: () => now });
}

test('commands reach the flow that they name, and their answer is text with what can be typed next', async () => {
  const flows = flowsOver([]);
  const session = sessionOver(flows);

  const answer = await session.handle('/kaggle start titanic rounds=1 priority=4');

  expect(flows.calls).toEqual([
    { name: 'start', input: { slug: 'titanic', limits: { maxRounds: 1 }, priority: 4 } },
  ]);
  expect(answer.split('\n')).toEqual([
    '🚀 Started titanic',
    'Started titanic. Everything else goes to its thread.',
    'Titanic - Machine Learning from Disaster · accuracy, higher is better',
    'Plan: at most 2 rounds of research, code, training and submission.',
    'Asked by mika.',
    '→ /kaggle status titanic · /kaggle pause titanic · /kaggle stop titanic · /kaggle budget set',
  ]);
});

test('without a slug the only possible competition is meant, else it is asked which', async () => {
  const flows = flowsOver([
    anOverview({ slug: 'wine' }),
    anOverview({ slug: 'digits', state: 'paused', resumeState: 'training' }),
    anOverview({ slug: 'spam', state: 'completed' }),
  ]);
  const session = sessionOver(flows);

  await session.handle('resume');
  await session.handle('pause');
  const which = await session.handle('stop');

  expect(flows.calls.map(({ name, input }) => [name, input])).toEqual([
    ['resume', { slug: 'digits' }],
    ['pause', { slug: 'wine' }],
  ]);
  expect(which).toContain('/kaggle stop wine · /kaggle stop digits');
});

test('stopping is asked back once; anything but yes changes nothing', async () => {
  const flows = flowsOver([anOverview()]);
  const session = sessionOver(flows);

  expect(await session.handle('stop titanic')).toMatch(/This ends it for good\.[\s\S]+Type yes/);
  expect(await session.handle('no')).toBe('Nothing changed.');
  expect(flows.calls).toEqual([]);

  await session.handle('stop titanic');
  expect(await session.handle('yes')).toContain('titanic stopped');
  expect(flows.calls).toEqual([{ name: 'stop', input: { slug: 'titanic' } }]);
});

test.each([
  'decide A',
  'A',
  '1',
  '/kaggle decide titanic a',
  'decide DC_01JA2Q 1',
  'decide retry_different_approach',
])('"%s" answers the only open decision', async (line) => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);

  const answer = await sessionOver(flows).handle(line);

  expect(answer).toContain('Recorded for titanic: A · Try a different approach.');
  expect(flows.calls).toMatchObject([{ name: 'decide', input: { option: 'retry_different_approach' } }]);
});

test('an option that cannot be undone is done after a yes', async () => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);
  const session = sessionOver(flows);

  expect(await session.handle('B')).toMatch(/cannot be undone[\s\S]+Type yes/);
  expect(flows.calls).toEqual([]);
  await session.handle('y');

  expect(flows.calls).toMatchObject([{ name: 'decide', input: { option: 'skip_competition' } }]);
});

test('a note goes with the answer', async () => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);

  await sessionOver(flows).handle('decide B enough for today');

  expect(flows.calls[0]?.input).toMatchObject({ option: 'skip_competition', note: 'enough for today' });
});

test('with several open decisions a bare letter is asked back, and nothing is decided', async () => {
  const other = aDecision({ id: '0198c1f0-0000-7000-8000-000000000002', shortId: '00000002', slug: 'wine' });
  const flows = flowsOver([
    anOverview({ decisions: [aDecision()] }),
    anOverview({ slug: 'wine', decisions: [other] }),
  ]);
  const session = sessionOver(flows);

  expect(await session.handle('A')).toContain('/kaggle decide 00000002 A');
  expect(await session.handle('decide C')).toContain('say which');
  expect(flows.calls).toEqual([]);
});

test('an option that does not exist is answered with those that do', async () => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);

  expect(await sessionOver(flows).handle('decide E')).toContain(
    'That is none of the options. Choose A (Try a different approach), B (Stop here).',
  );
});

test('a failing flow is answered with its sentence', async () => {
  const flows = flowsOver([], {
    start: async () => {
      throw new BusinessFailure('The rules are not accepted yet.', { code: 'kaggle.rules_not_accepted' });
    },
  });

  expect(await sessionOver(flows).handle('start titanic')).toContain(
    "I can't enter titanic yet: its rules are not accepted",
  );
});

test('a form is filled in line by line; what is wrong is asked for again', async () => {
  const flows = flowsOver([]);
  const session = sessionOver(flows);

  expect(await session.handle('start rounds=2')).toContain('Competition (Slug or address):');
  expect(await session.handle('')).toBe('Competition (Slug or address):');
  expect(await session.handle('titanic')).toBe('Budget (USD) (For the whole competition):');
  await session.handle('plenty');
  expect(await session.handle('')).toContain('Priority');
  await session.handle('');
  expect(await session.handle('')).toMatch(/budget must be US dollars[\s\S]+Budget \(USD\)/);
  expect(await session.handle('5')).toContain('Started titanic');

  expect(flows.calls).toEqual([
    { name: 'start', input: { slug: 'titanic', limits: { maxRounds: 2, budgetUsd: 5 } } },
  ]);
});

test('a form can be left, and a choice is made by its number', async () => {
  const flows = flowsOver([]);
  const session = sessionOver(flows);

  await session.handle('budget set');
  expect(await session.handle('cancel')).toBe('Nothing changed.');
  await session.handle('start');
  expect(await session.handle('/kaggle list')).toContain('Nothing is running');
  expect(await session.handle('budget set')).toContain('1 Machines, a day, 2 All machines, an hour');
  await session.handle('2');
  await session.handle('0.5');
  await session.handle('');

  expect(flows.calls).toEqual([
    { name: 'setBudget', input: { scope: 'fleet_hour', usd: 0.5, reason: null } },
  ]);
});

function openConsole(flows: CommandFlows, { isInteractive = true } = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  let written = '';
  output.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  const quits: string[] = [];
  const chat = createConsole({
    door: doorOver(flows),
    person: me,
    installation: thisInstallation,
    input,
    output,
    isInteractive,
    now: () => now,
    onQuit: () => void quits.push('quit'),
    onInterrupt: () => void quits.push('interrupt'),
  });
  onTestFinished(() => chat.close());
  return { chat, input, quits, text: () => written };
}

const notice = aNotice({ toState: 'paused' });

function aCard(content: CardContent, previous: Posted | null = null, id = 'c1'): OutgoingCard {
  return anOutgoingCard(content, { id, surface: 'thread', previous });
}

const posted: Posted = { messageId: 'm1', threadId: null, memory: {} };
const signal = new AbortController().signal;

const question = aDecisionCard({
  decisionId: aDecision().id,
  options: [...aDecision().options],
  askedAt: now,
  deadline: aDecision().deadline,
});

const status = aStatus({
  metric: null,
  best: null,
  submissionsPerDay: null,
  progress: { done: 1, total: 4, label: '1 of 4 runs' },
});

test('the prompt answers lines in their order and keeps its place below what is said', async () => {
  const { chat, input, text } = openConsole(flowsOver([anOverview()]));
  chat.start();

  input.write('status\nlist\n');

  await eventually(() => expect(text()).toContain('1 competition · 1 running'));
  expect(text().indexOf('titanic · training · round 1 of 2')).toBeLessThan(text().indexOf('1 competition'));
  expect(text()).toContain('kaggle> ');
});

test('a card is printed once per text, and again when it says something new', async () => {
  const { chat, text } = openConsole(flowsOver([]));
  chat.start();
  const deliver = (content: CardContent, previous: Posted | null) =>
    chat.chat.deliver(aCard(content, previous), signal);

  const first = await deliver(notice, null);
  await deliver(notice, first);
  await deliver({ ...notice, event: 'resumed', toState: 'training' }, first);

  expect(text().match(/titanic paused/gi)).toHaveLength(1);
  expect(text()).toMatch(/titanic resumed/i);
});

test('of a card that changed only what is new is said again', async () => {
  const { chat, text } = openConsole(flowsOver([]));
  const found = (slug: string) => ({ slug, title: slug, deadline: null, feasibility: null });
  const content = { kind: 'discovered', day: '2026-11-22', competitions: [found('wine')] } as const;

  const first = await chat.chat.deliver(aCard({ ...content, competitions: [found('wine')] }), signal);
  const more = { ...content, competitions: [found('wine'), found('spam')] };
  await chat.chat.deliver(aCard(more, first), signal);

  expect(text().match(/kaggle start wine/g)).toHaveLength(1);
  expect(text().match(/kaggle start spam/g)).toHaveLength(1);
});

test('a living message is one line for each state, not for each step of its progress', async () => {
  const { chat, text } = openConsole(flowsOver([]));
  const deliver = (content: CardContent) => chat.chat.deliver(aCard(content), signal);

  await deliver(status);
  await deliver({ ...status, progress: { done: 2, total: 4, label: '2 of 4 runs' } });
  await deliver({ ...status, state: 'analyzing' });

  expect(text().match(/titanic: training/g)).toHaveLength(1);
  expect(text()).toContain('titanic: analysing');
  expect(text().trim().split('\n\n')).toHaveLength(2);
});

test('after a restart old news is not told again, an open question is', async () => {
  const { chat, text } = openConsole(flowsOver([]));

  await chat.chat.deliver(aCard(notice, posted, 'c1'), signal);
  await chat.chat.deliver(aCard(status, posted, 'c2'), signal);
  await chat.chat.deliver(aCard(question, posted, 'c3'), signal);

  expect(text()).not.toMatch(/paused|training/);
  expect(text()).toContain('What next?');
});

test('what must be said at once is written as it is', async () => {
  const { chat, text } = openConsole(flowsOver([]), { isInteractive: false });

  await chat.chat.sayDirectly({ severity: 'critical', text: 'The ground gave way.' });

  expect(text()).toBe('The ground gave way.\n');
});

test.each(['quit\n', 'exit\n', '\u0004', '\u0003'])('%j asks the agent to end', async (typed) => {
  const { chat, input, quits } = openConsole(flowsOver([]));
  chat.start();

  input.write(typed);

  await eventually(() => expect(quits.length).toBeGreaterThan(0));
});

test('without a terminal nothing is read and nobody can answer', async () => {
  const { chat, input, text, quits } = openConsole(flowsOver([anOverview()]), { isInteractive: false });

  chat.start();
  input.end('status\n');
  await chat.close();

  expect(chat.chat.canAnswer).toBe(false);
  expect([text(), quits]).toEqual(['', []]);
});

test('tab completes verbs, and competitions behind them', async () => {
  const door = doorOver(flowsOver([anOverview(), anOverview({ slug: 'wine' })]));
  await door.refresh();
  const hits = async (line: string) => (await complete(line, { door, person: me }))[0];

  expect(await hits('/kaggle st')).toEqual(['/kaggle start ', '/kaggle stop ', '/kaggle status ']);
  expect(await hits('li')).toEqual(['list ']);
  expect(await hits('/kaggle status tit')).toEqual(['/kaggle status titanic ']);
  expect(await hits('nonsense')).toEqual([]);
});
