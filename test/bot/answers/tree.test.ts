import { expect, test } from 'vitest';
import { decodeAction } from '../../../src/bot/action.ts';
import { chosenNodes } from '../../../src/bot/answers/chosen-nodes.ts';
import type { Card } from '../../../src/bot/card.ts';
import { cardText } from '../../../src/bot/console/card-text.ts';
import type { Reply } from '../../../src/bot/door.ts';
import { mostTreeNodes } from '../../../src/domain/chart.ts';
import type { CommandFlows } from '../../../src/domain/command-results.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { anOverview, flowsOver } from '../../support/overviews.ts';
import { aNodeDetail, aNodeView, aSmallTree, aTreeView } from '../../support/tree-views.ts';

function cardOf(reply: Reply): Card {
  if (reply.kind !== 'card') throw new Error(`no card but ${reply.kind}`);
  return reply.card;
}

function treeFlows(overrides: Partial<CommandFlows> = {}): CommandFlows {
  return flowsOver([anOverview(), anOverview({ slug: 'wine' })], {
    tree: async ({ slug }) => ({ ...aSmallTree(), slug }),
    node: async ({ slug, which }) =>
      which === '5' || which === 'boosting-counts'
        ? { found: true, detail: aNodeDetail({ slug }) }
        : { found: false, slug, typed: which, nodes: [{ number: 5, name: 'boosting-counts' }] },
    ...overrides,
  });
}

async function ask(
  text: string,
  flows = treeFlows(),
  platform: 'slack' | 'console' = 'slack',
): Promise<Card> {
  const door = doorOver(flows);
  await door.refresh();
  return cardOf(await door.command({ text, person: aPerson('viewer'), where: aPlace({ platform }) }));
}

function menuOf(card: Card) {
  const found = card.actions.find(({ kind }) => kind === 'menu');
  return found?.kind === 'menu' ? found.options : [];
}

test('the tree is a picture with its words, and every node is one press away', async () => {
  const card = await ask('tree titanic');

  expect(card.title).toBe('titanic · tree of solutions');
  expect(card.summary).toContain(
    '6 nodes, 4 branches, Best: 5 boosting-counts (improve), CV accuracy 0.80125',
  );
  expect(card.images[0]?.chart).toMatchObject({ kind: 'tree', slug: 'titanic', hidden: 0 });
  expect(card.images[0]?.alt).toContain(
    '6 nodes, 4 scored, 1 failed, 1 open. Best: boosting-counts with 0.80125.',
  );
  expect(menuOf(card)[0]).toMatchObject({ label: '5 boosting-counts · improve · 0.80125' });
  expect(decodeAction(menuOf(card)[0]?.action ?? '')).toMatchObject({ name: 'node', args: ['titanic', '5'] });
  expect(menuOf(card)).toHaveLength(6);
});

test('a console shows the tree as an indented list instead of a picture', async () => {
  const text = cardText(await ask('tree titanic', treeFlows(), 'console'));

  expect(text).toContain('● 2 boosting-plain             draft      round 1  0.78200');
  expect(text).toContain('  ★ 5 boosting-counts          improve    round 2  0.80125  best');
  expect(text).toContain('    ○ 6 blend-boosting-linear  merge 5+1  round 3     open');
  expect(text).toMatch(/✗ 3 forest-target .* failed {2}leaks/);
  expect(text).not.toContain('Open a node');
});

test('before the first draft the tree says so', async () => {
  const card = await ask('tree titanic', treeFlows({ tree: async ({ slug }) => aTreeView({ slug }) }));

  expect(card.body).toEqual([
    'Nothing was tried for titanic yet; the first drafts come with its first round.',
  ]);
  expect(card.images).toEqual([]);
});

test('a very large tree keeps the best with all that it was made from, and says what is left out', async () => {
  const nodes = Array.from({ length: 90 }, (_, index) =>
    aNodeView({
      number: index + 1,
      operator: index === 0 ? 'draft' : 'improve',
      parents: index === 0 ? [] : [1],
    }),
  ).map((node) => (node.number === 40 ? { ...node, isBest: true, parents: [7] } : node));
  const flows = treeFlows({ tree: async ({ slug }) => aTreeView({ slug, nodes, branches: 1 }) });

  const [image] = (await ask('tree titanic', flows)).images;

  if (image?.chart.kind !== 'tree') throw new Error('no tree');
  expect(image.chart.nodes).toHaveLength(mostTreeNodes);
  expect(image.chart.hidden).toBe(90 - mostTreeNodes);
  expect(image.chart.nodes.map(({ number }) => number)).toEqual(expect.arrayContaining([1, 7, 40, 90]));
  expect(
    chosenNodes(nodes)
      .map(({ number }) => number)
      .slice(0, 3),
  ).toEqual([40, 7, 1]);
});

test('a node tells what it is, where it comes from, what its checks found, what it cost and where its code is', async () => {
  const card = await ask('node titanic boosting-counts');
  const text = cardText(card);

  expect(card.title).toBe('titanic · node 5, boosting-counts');
  expect(text).toContain('CV 0.80125 ▲ +0.01925 · best');
  expect(text).toContain('improve of 2 boosting-plain · round 2 · boosting');
  expect(text).toContain('Quality gate passed (1 check ok, 1 warns)');
  expect(text).toContain('own-split, line 41: It splits the rows by itself.');
  expect(text).toContain('features:counts +0.01230, model:second -0.00040');
  expect(text).toContain('train.py (https://files.example/train.py?signature=x)');
  expect(text).toMatch(/Cost +machines \$0\.21, models \$0\.34/);
  expect(card.actions.map((one) => (one.kind === 'button' ? one.label : ''))).toEqual([
    'From 2',
    'To 6',
    'Tree',
  ]);
});

test('what its script measured is a picture, wherever else its metrics are kept', async () => {
  const panels = [{ measure: 'loss', curves: [{ name: 'val', points: [[0, 0.7] as [number, number]] }] }];
  const detail = aNodeDetail();
  const run = { ...detail.run, curves: panels, trackingUrl: 'https://wandb.example/runs/a' };
  const flows = treeFlows({ node: async ({ slug }) => ({ found: true, detail: { ...detail, slug, run } }) });

  const card = await ask('node titanic 5', flows);

  expect(card.images).toMatchObject([{ chart: { kind: 'curves', name: 'boosting-counts', panels } }]);
  expect(cardText(card)).toContain('https://wandb.example/runs/a');
});

test('a failed node says where and why, with the end of its output', async () => {
  const message = 'The debug run ended with an error.\nTraceback\nKeyError: target';
  const node = aNodeView({ number: 3, status: 'failed', failedCheck: 'debug_run', error: message });
  const gate = {
    ...{ passed: false, estimateSeconds: null, estimateMemoryBytes: null, review: null },
    checks: [{ name: 'debug_run', status: 'failed' as const, seconds: 3, message, findings: [] }],
  };
  const flows = treeFlows({
    node: async ({ slug }) => ({ found: true, detail: aNodeDetail({ slug, node, gate, ablations: null }) }),
  });

  const card = await ask('node titanic 3', flows);

  expect(card.tone).toBe('attention');
  expect(card.body.join('\n')).toContain(
    'Stopped by the quality gate (debug_run)\nThe debug run ended with an error.',
  );
  expect(card.body.join('\n')).toContain('✗ debug_run: The debug run ended with an error.');
  expect(card.pre).toBe('Traceback\nKeyError: target');
});

test('a node that does not exist leads to those that do', async () => {
  const card = await ask('node titanic nothing');

  expect(card.body[0]).toBe('titanic has no node "nothing".');
  expect(card.actions[0]).toMatchObject({ kind: 'button', label: '5 boosting-counts' });
});

test('in a thread the number is enough, and a competition without a number leads to its tree', async () => {
  const flows = treeFlows({ competitionOfThread: async () => 'wine' });
  const door = doorOver(flows);
  await door.refresh();
  const say = async (text: string) =>
    cardOf(await door.command({ text, person: aPerson('viewer'), where: aPlace({ threadId: '1.1' }) })).title;

  expect(await say('node 5')).toBe('wine · node 5, boosting-counts');
  expect(await say('node titanic')).toBe('titanic · tree of solutions');
  expect(await say('tree')).toBe('wine · tree of solutions');
});

test('a pressed node is shown, and buttons of nodes fit the longest slug that Kaggle gives', async () => {
  const slug = 'a'.repeat(70);
  const door = doorOver(treeFlows());
  const card = await ask(`tree ${slug}`);
  const [first] = menuOf(card);

  const reply = await door.press({
    action: first?.action ?? '',
    person: aPerson('viewer'),
    where: aPlace(),
  });

  expect(cardOf(reply).title).toBe(`${slug} · node 5, boosting-counts`);
});
