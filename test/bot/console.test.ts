import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { completeVerb, createConsole } from '../../src/bot/console/console.ts';
import { createSession } from '../../src/bot/console/session.ts';
import type { CardContent } from '../../src/domain/card.ts';
import type { CommandFlows } from '../../src/domain/command-results.ts';
import { BusinessFailure } from '../../src/domain/errors.ts';
import { aDecision, anOverview, flowsOver, now } from '../support/overviews.ts';

function sessionOver(flows: CommandFlows) {
  return createSession({ flows, logFile: 'data/logs/agent.log', place: () => ({ now, timeZone: 'UTC' }) });
}

test('commands reach the flow that they name', async () => {
  const flows = flowsOver([]);
  const session = sessionOver(flows);

  await session.handle('/kaggle start titanic rounds=1 priority=4');

  expect(flows.calls).toEqual([
    { name: 'start', input: { slug: 'titanic', limits: { maxRounds: 1 }, priority: 4 } },
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
  expect(which).toBe('Which one? /kaggle stop wine   /kaggle stop digits');
});

test('stopping is asked back once; anything but yes changes nothing', async () => {
  const flows = flowsOver([anOverview()]);
  const session = sessionOver(flows);

  expect(await session.handle('stop titanic')).toContain('Stop titanic? This ends it for good.');
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

  expect(answer).toBe('Recorded for titanic: A · Try a different approach.');
  expect(flows.calls).toMatchObject([{ name: 'decide', input: { option: 'retry_different_approach' } }]);
});

test('a note goes with the answer', async () => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);

  await sessionOver(flows).handle('decide B enough for today');

  expect(flows.calls[0]?.input).toMatchObject({ option: 'skip_competition', note: 'enough for today' });
});

test('with several open decisions a bare letter is asked back, and nothing is decided', async () => {
  const other = aDecision({ id: '0198c1f0-0000-7000-8000-000000000002', shortId: 'dc_02', slug: 'wine' });
  const flows = flowsOver([
    anOverview({ decisions: [aDecision()] }),
    anOverview({ slug: 'wine', decisions: [other] }),
  ]);
  const session = sessionOver(flows);

  expect(await session.handle('A')).toContain('/kaggle decide dc_02 A');
  expect(await session.handle('decide C')).toContain('say which');
  expect(flows.calls).toEqual([]);
});

test('an option that does not exist is answered with those that do', async () => {
  const flows = flowsOver([anOverview({ decisions: [aDecision()] })]);

  expect(await sessionOver(flows).handle('decide E')).toBe(
    'That is none of the options. Choose A (Try a different approach), B (Stop here).',
  );
});

test('a failing flow is answered with its sentence', async () => {
  const flows = flowsOver([], {
    start: async () => {
      throw new BusinessFailure('The rules are not accepted yet.', { code: 'kaggle.rules_not_accepted' });
    },
  });

  expect(await sessionOver(flows).handle('start titanic')).toContain('The rules are not accepted yet.');
});

function openConsole(flows: CommandFlows, { isInteractive = true } = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  let written = '';
  output.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  const quits: string[] = [];
  const onQuit = (): void => void quits.push('quit');
  const onInterrupt = (): void => void quits.push('interrupt');
  const logFile = 'data/logs/agent.log';
  const chat = createConsole({
    flows,
    input,
    output,
    isInteractive,
    logFile,
    now: () => now,
    timeZone: 'UTC',
    onQuit,
    onInterrupt,
  });
  onTestFinished(() => chat.close());
  return { chat, input, quits, text: () => written };
}

const notice: CardContent = {
  kind: 'notice',
  title: 'titanic: new best',
  summary: 'titanic: new best 0.79186',
  body: '',
  facts: [],
  decisionId: null,
};

test('the prompt answers lines in their order and keeps its place below what is said', async () => {
  const { chat, input, text } = openConsole(flowsOver([anOverview()]));
  chat.start();

  input.write('status\nlist\n');

  await vi.waitFor(() => expect(text()).toContain('1 competition · 1 running'));
  expect(text().indexOf('Best: no score yet')).toBeLessThan(text().indexOf('1 competition'));
  expect(text()).toContain('kaggle> ');
});

test('a card is printed once per text, and again when it changes', async () => {
  const { chat, text } = openConsole(flowsOver([]));
  chat.start();

  const messageId = await chat.chat.deliver({ id: 'c1', rev: 1, content: notice }, null);
  await chat.chat.deliver({ id: 'c1', rev: 2, content: notice }, messageId);
  await chat.chat.deliver({ id: 'c1', rev: 3, content: { ...notice, summary: 'titanic: 0.8' } }, messageId);

  expect(text().match(/titanic: new best 0\.79186/g)).toHaveLength(1);
  expect(text()).toContain('titanic: 0.8');
});

test('after a restart old news is not told again, a question is', async () => {
  const { chat, text } = openConsole(flowsOver([]));

  await chat.chat.deliver({ id: 'c1', rev: 2, content: notice }, 'notice-c1');
  await chat.chat.deliver(
    { id: 'c2', rev: 1, content: { ...notice, kind: 'decision', title: 'Decision' } },
    'decision-c2',
  );

  expect(text()).not.toContain('new best\n  ');
  expect(text()).toContain('Decision');
  expect(text()).not.toMatch(/^titanic: new best$/m);
});

test.each(['quit\n', 'exit\n', '\u0004', '\u0003'])('%j asks the agent to end', async (typed) => {
  const { chat, input, quits } = openConsole(flowsOver([]));
  chat.start();

  input.write(typed);

  await vi.waitFor(() => expect(quits.length).toBeGreaterThan(0));
});

test('without a terminal nothing is read and nobody can answer', async () => {
  const { chat, input, text, quits } = openConsole(flowsOver([anOverview()]), { isInteractive: false });

  chat.start();
  input.end('status\n');
  await chat.close();

  expect(chat.chat.canAnswer).toBe(false);
  expect([text(), quits]).toEqual(['', []]);
});

test('tab completes verbs', () => {
  expect(completeVerb('/kaggle st')[0]).toEqual(['/kaggle start ', '/kaggle stop ', '/kaggle status ']);
  expect(completeVerb('li')[0]).toEqual(['list']);
  expect(completeVerb('status tit')[0]).toEqual([]);
});
