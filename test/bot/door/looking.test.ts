import { expect, test } from 'vitest';
import type { Card } from '../../../src/bot/card.ts';
import { cardText } from '../../../src/bot/console/card-text.ts';
import type { Reply } from '../../../src/bot/door.ts';
import type { Chart } from '../../../src/domain/chart.ts';
import type { CommandFlows, LogsResult } from '../../../src/domain/command-results.ts';
import { BusinessFailure } from '../../../src/domain/errors.ts';
import type { Locale } from '../../../src/domain/preferences.ts';
import { aStatus } from '../../support/card-facts.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { aLeaderboard, aSnapshot } from '../../support/leaderboards.ts';
import { afterEvents, anOverview, flowsOver, now } from '../../support/overviews.ts';

const hourMs = 3_600_000;
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * hourMs);

function cardOf(reply: Reply): Card {
  if (reply.kind !== 'card') throw new Error(`a card was expected, not ${reply.kind}`);
  return reply.card;
}

async function ask(text: string, flows: CommandFlows, locale: Locale = 'en'): Promise<Card> {
  const door = doorOver(flows);
  await door.refresh();
  return cardOf(await door.command({ text, person: aPerson('operator', { locale }), where: aPlace() }));
}

function press(action: string, flows: CommandFlows) {
  const input = { action: `k1.0198c1f0.${action}`, person: aPerson(), where: aPlace() };
  return doorOver(flows).press(input).then(cardOf);
}

function aRun(item: string, errorCode: string | null): LogsResult['runs'][number] {
  return {
    ...{ job: 'gpu.train', item, attempt: 1, startedAt: now, endedAt: now, outcome: null },
    ...{ status: errorCode === null ? 'done' : 'failed', errorClass: null, errorCode },
    errorMessage: errorCode === null ? null : 'CUDA out of memory',
  };
}

test('only what went wrong is one press or one word away from the logs', async () => {
  const runs = [aRun('good', null), aRun('bad', 'training.out_of_memory')];
  const flows = flowsOver([anOverview()], { logs: async () => ({ runs }) });

  const all = await ask('logs titanic', flows);
  expect(all.actions).toMatchObject([
    { label: 'Errors only', action: 'k1.0198c1f0.logs.titanic.errors' },
    { label: 'Open' },
  ]);
  expect(cardText(all)).toContain('/kaggle logs titanic errors');

  for (const card of [await ask('logs titanic errors', flows), await press('logs.titanic.errors', flows)]) {
    expect(card.pre).toContain('CUDA out of memory');
    expect(card.pre).not.toContain('good');
  }
  const none = flowsOver([anOverview()], { logs: async () => ({ runs: [aRun('good', null)] }) });
  expect((await ask('logs titanic errors', none)).summary).toBe('No step of titanic failed.');
});

test('a competition that was found waits for nobody until it is started', async () => {
  const found = { state: 'discovered', round: 0, decisions: [], submissions: [], best: null } as const;
  const ofState = (isRequested: boolean) => flowsOver([anOverview({ ...found, isRequested })]);

  const card = await ask('status titanic', ofState(false));
  expect(cardText(card)).not.toContain('waits for its turn');
  expect(card.actions).toMatchObject([{ action: 'k1.0198c1f0.start.titanic', style: 'primary' }]);
  expect(cardText(await ask('status titanic', ofState(true)))).toContain('waits for its turn');
});

test('where nothing can be tuned yet the tree is one press away', async () => {
  const refused = new BusinessFailure('Nothing of titanic has been trained yet.', {
    code: 'parameters.no_node',
  });
  const flows = flowsOver([anOverview()], { parameters: async () => Promise.reject(refused) });

  expect((await ask('params titanic', flows)).actions).toMatchObject([{ label: 'Tree' }]);
});

test('the picture of the leaderboard can show the last day or week', async () => {
  const chart: Chart = {
    ...{ kind: 'scores', slug: 'titanic', metric: 'accuracy', direction: 'maximize', lines: [] },
    points: [200, 100, 2].map((hours, index) => ({ round: index + 1, at: hoursAgo(hours), value: index })),
  };
  const flows = flowsOver([anOverview()], {
    leaderboard: async () =>
      aLeaderboard({ snapshots: [aSnapshot({ takenAt: now, score: 2, top: [{ name: 'x', score: 3 }] })] }),
    statusFacts: async () => aStatus({ chart }),
  });
  const points = ({ images: [image] }: Card) =>
    image?.chart.kind === 'scores' ? image.chart.points.map(({ value }) => value) : [];

  const all = await ask('leaderboard titanic', flows);
  expect(points(all)).toEqual([0, 1, 2]);
  expect(all.actions.map((action) => 'label' in action && action.label)).toEqual(['Day', 'Week', 'Open']);
  expect(points(await press('leaderboard.titanic.week', flows))).toEqual([1, 2]);
  expect(points(await ask('leaderboard titanic day', flows))).toEqual([2]);
});

test('the budget tells the month, and when the cap is reached at this pace', async () => {
  const budget = { caps: { gpu_day: 3.6 }, gpuTodayUsd: 2.9, llmTodayUsd: 0.1, competitionUsd: 0 };
  const flows = flowsOver([], { budget: async () => ({ ...budget, monthUsd: 18.2 }) });

  const text = cardText(await ask('budget', flows));

  expect(text).toContain('Spent today $3.00 · this month $18.20');
  // 2.90 in 14.5 hours are 3.60 in 18.
  expect(text).toContain('At this pace the cap for machines lasts until 18:00.');
  const calm = flowsOver([], { budget: async () => ({ ...budget, gpuTodayUsd: 0.5 }) });
  expect(cardText(await ask('budget', calm))).not.toContain('pace');
});

test('the dashboard tells what happened last, the newest first', async () => {
  const passed = afterEvents(['research_started', 'research_completed', 'generation_started', 'code_ready']);
  const door = doorOver(flowsOver([anOverview({ ...passed })]));

  const cards = await door.home({ person: aPerson(), where: aPlace() });

  const [lines = ''] = cards.find(({ title }) => title === 'What happened last')?.body ?? [];
  expect(lines.split('\n')[0]).toContain('titanic · code ready');
});

test('the list says when each ends', async () => {
  const overview = anOverview();
  const deadline = new Date(now.getTime() + 19 * 24 * hourMs);
  const known = { slug: 'titanic', title: 'Titanic', state: overview.state, isRequested: true, deadline };
  const flows = flowsOver([overview], { known: async () => [known] });

  expect(cardText(await ask('list', flows))).toContain('in 19 days');
});

test('where the only competition is paused already, pausing says so instead of finding none', async () => {
  const paused = anOverview({ state: 'paused', resumeState: 'training' });
  const flows = flowsOver([paused], { pause: async () => ({ competition: paused, outcome: 'already' }) });

  const card = await ask('pause', flows);

  expect(card.summary).toBe('titanic is already paused. Nothing changed.');
  expect(card.actions).toMatchObject([{ label: 'Resume' }, { label: 'Open' }]);
});

test('refusals that people meet often are told in their language, with a way on', async () => {
  const failing = (code: string) =>
    flowsOver([], {
      pause: async () => {
        throw new BusinessFailure('An English sentence.', { code });
      },
    });

  const ended = await ask('pause titanic', failing('competition.ended'), 'ja');
  expect(cardText(ended)).toContain('titanic は終わっているため、変更できません。');
  expect(cardText(ended)).toContain('開始するには: /kaggle start titanic');
  expect(cardText(ended)).not.toContain('English');
  const unknown = await ask('pause titanic', failing('competition.unknown'), 'ja');
  expect(unknown.actions).toMatchObject([{ label: '開始できるもの' }]);
  expect(cardText(await ask('pause titanic', failing('odd.one'), 'ja'))).toContain(
    '「An English sentence.」',
  );
});
