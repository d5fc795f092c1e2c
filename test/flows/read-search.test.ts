import { expect, test } from 'vitest';
import { readStatus } from '../../src/flows/commands/read-commands.ts';
import { readNode, readTreeView } from '../../src/flows/commands/read-search.ts';
import {
  aPracticeWorld,
  driveTo,
  oddOrEven,
  practiceSlug,
  startedCompetition,
} from '../support/practice-world.ts';

test('the tree of a finished competition is shown with scores, submissions and every node in full', async () => {
  const world = await aPracticeWorld({
    work: async (job) => ({
      ...(await oddOrEven(job)),
      metrics: [0.7, 0.4].map((value, seq) => ({ seq, name: 'val/loss', step: seq, value, seconds: seq })),
    }),
  });
  await driveTo(world, await startedCompetition(world), 'completed');

  const tree = await readTreeView(world.ctx, { slug: practiceSlug });
  const best = tree.nodes.find(({ isBest }) => isBest);
  const byNumber = await readNode(world.ctx, { slug: practiceSlug, which: String(best?.number) });
  const byName = await readNode(world.ctx, { slug: practiceSlug, which: best?.name ?? '' });
  const none = await readNode(world.ctx, { slug: practiceSlug, which: 'nothing' });
  const status = await readStatus(world.ctx, { slug: practiceSlug });

  expect(tree.nodes.length).toBeGreaterThan(0);
  expect(tree.nodes.some(({ isSubmitted }) => isSubmitted)).toBe(true);
  expect(status.search).toMatchObject({ nodes: tree.nodes.length, best: { name: best?.name } });
  expect(byNumber).toMatchObject({
    found: true,
    detail: { node: { name: best?.name, status: 'scored' }, generator: expect.any(String) },
  });
  if (!byNumber.found) throw new Error('no node');
  expect(byNumber.detail.run.folds.length).toBeGreaterThan(1);
  expect(byNumber.detail.run.curves).toEqual([
    {
      measure: 'loss',
      curves: [
        {
          name: 'val',
          points: [
            [0, 0.7],
            [1, 0.4],
          ],
        },
      ],
    },
  ]);
  expect(byNumber.detail.files.map(({ name }) => name)).toContain('train.py');
  expect(byName).toMatchObject({ found: true, detail: { node: { number: best?.number } } });
  expect(none).toMatchObject({
    found: false,
    nodes: expect.arrayContaining([{ number: best?.number, name: best?.name }]),
  });
});
