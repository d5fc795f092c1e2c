import { expect, test } from 'vitest';
import { drawChart } from '../../../src/bot/charts/draw-chart.ts';
import { sparkline } from '../../../src/bot/charts/sparkline.ts';
import { parseCommand } from '../../../src/bot/parse-command.ts';
import type { Chart } from '../../../src/domain/chart.ts';
import { readAssignments, viewParameters } from '../../../src/domain/parameters.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { anOverview, flowsOver } from '../../support/overviews.ts';

const chart: Chart = {
  kind: 'runs',
  slug: 'titanic',
  metric: 'accuracy',
  direction: 'maximize',
  runs: [
    { name: 'boosting-counts-with-a-very-long-name-indeed', cv: 0.81, folds: [0.8, 0.82] },
    { name: 'linear', cv: 0.78, folds: [0.77, 0.79] },
  ],
};

test.each([
  ['params titanic', { slug: 'titanic', approach: null, values: [] }],
  ['params', { slug: null, approach: null, values: [] }],
  [
    'tune titanic boosting-plain lr=0.1 lightgbm.seeds=3',
    {
      slug: 'titanic',
      approach: 'boosting-plain',
      values: [
        { name: 'lr', value: '0.1' },
        { name: 'lightgbm.seeds', value: '3' },
      ],
    },
  ],
  [
    'params titanic values=lr=0.1',
    { slug: 'titanic', approach: null, values: [{ name: 'lr', value: '0.1' }] },
  ],
])('%s is understood', (line, command) => {
  expect(parseCommand(line)).toEqual({ kind: 'command', command: { verb: 'params', ...command } });
});

test.each(['params titanic lr=', 'params titanic =3', 'params titanic one two', 'compare titanic digits'])(
  '%s says nothing that can be done',
  (line) => {
    expect(parseCommand(line)).toMatchObject({ kind: 'usage' });
  },
);

async function say(line: string, role: 'viewer' | 'operator' = 'operator') {
  const done: [string, unknown][] = [];
  const flows = flowsOver([anOverview({ slug: 'titanic' })], {
    setParameters: async (input) => {
      done.push(['setParameters', input]);
      const changes = [{ model: 'lightgbm', name: 'seeds', from: 1, to: 3 }];
      return { slug: input.slug, approach: 'boosting-pa1', basedOn: 'boosting', changes, trains: 'now' };
    },
    compare: async ({ slug }) => ({
      ...{ slug, running: 1, failed: 0, tracking: 'on', chart },
      runs:
        chart.kind === 'runs'
          ? chart.runs.map(({ name, cv, folds }) => ({
              ...{
                approach: name,
                operator: 'draft',
                round: 1,
                cv,
                cvSd: 0.01,
                folds,
                seconds: 12,
                memoryBytes: 2e8,
              },
              ...{
                costUsd: 0,
                params: {},
                url: 'https://wandb.ai/team/project/runs/abc',
                trackedState: name === 'linear' ? 'crashed' : 'finished',
              },
            }))
          : [],
      differing: [{ name: 'lightgbm.learning_rate', values: [0.05, undefined] }],
    }),
  });
  const reply = await doorOver(flows).command({ text: line, person: aPerson(role), where: aPlace() });
  return { reply, text: JSON.stringify(reply), done };
}

test('a comparison shows scores by fold, time, memory, what differs, links and a picture', async () => {
  const { text } = await say('compare titanic');

  for (const part of [
    '0.81',
    '12 s',
    '200 MB',
    'lightgbm.learning_rate: 0.05 (boosting-counts-with-a-very-long-name-indeed)',
    'wandb.ai/team/project',
    'linear',
    '(crashed)',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).toContain('"kind":"runs"');
});

test('parameters are shown with what they may be, to anybody; set only by an operator', async () => {
  const shown = await say('params titanic', 'viewer');
  const refused = await say('params titanic seeds=3', 'viewer');
  const set = await say('params titanic seeds=3');

  expect(shown.text).toContain('whole number, 1 to 20');
  expect(refused.done).toEqual([]);
  expect(set.done).toMatchObject([
    [
      'setParameters',
      { slug: 'titanic', approach: null, values: [{ name: 'seeds', value: '3' }], byName: 'mika' },
    ],
  ]);
  expect(set.text).toContain('1 → 3');
});

test('the example of a change is one that would be taken, and no range is rounded away', async () => {
  const parameters = viewParameters({
    lightgbm: { seeds: 20, learning_rate: 0.03 },
    forest: { seeds: 1, bootstrap: true },
  });
  const found = { approach: 'boosting', title: 'Boosting', cv: 0.8, isTuned: false, changes: [] };
  const flows = flowsOver([anOverview()], {
    parameters: async ({ slug }) => ({ slug, ...found, parameters }),
  });
  const ask = { text: 'params titanic', person: aPerson(), where: aPlace() };

  const text = JSON.stringify(await doorOver(flows).command(ask));

  expect(text).toContain('/kaggle params titanic boosting learning_rate=0.015');
  expect(text).toContain('number, 0.0001 to 1');
  expect(
    readAssignments({ lightgbm: { learning_rate: 0.03 } }, [{ name: 'learning_rate', value: '0.015' }]),
  ).toEqual([{ model: 'lightgbm', name: 'learning_rate', from: 0.03, to: 0.015 }]);
});

test('in its thread a single word names an approach', async () => {
  const asked: unknown[] = [];
  const flows = flowsOver([anOverview({ slug: 'titanic' })], {
    competitionOfThread: async () => 'titanic',
    parameters: async (input) => {
      asked.push(input);
      const found = { approach: 'boosting-plain', title: 'Boosting', cv: 0.8, parameters: [] };
      return { slug: input.slug, ...found, isTuned: false, changes: [] };
    },
  });

  const where = aPlace({ threadId: 't1' });
  await doorOver(flows).command({ text: 'params boosting-plain', person: aPerson(), where });

  expect(asked).toEqual([{ slug: 'titanic', approach: 'boosting-plain' }]);
});

test('runs are drawn as a picture, and as a line where there are none', async () => {
  const png = await drawChart(chart);

  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(sparkline(chart)).toContain('0.81');
});
