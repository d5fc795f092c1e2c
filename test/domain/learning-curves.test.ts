import { expect, test } from 'vitest';
import { curvePanels } from '../../src/domain/learning-curves.ts';

const points: [number, number][] = [
  [0, 0.5],
  [1, 0.4],
];

test('what is measured the same way stands in one panel, held-out rows first', () => {
  const told = ['lr', 'train/loss', 'val/loss', 'fold 1/auc'].map((name) => ({ name, points }));

  expect(curvePanels(told).map(({ measure, curves }) => [measure, curves.map(({ name }) => name)])).toEqual([
    ['loss', ['train', 'val']],
    ['auc', ['fold 1']],
  ]);
});

test('a single number is no curve, and of very many few are drawn', () => {
  const many = Array.from({ length: 9 }, (_, index) => ({ name: `val${index}/loss`, points }));

  expect(curvePanels([{ name: 'val/auc', points: [[0, 0.5]] }])).toEqual([]);
  expect(curvePanels(many)[0]?.curves).toHaveLength(4);
  expect(
    curvePanels(['a/', '/', 'a/b/c'].map((name) => ({ name, points }))).map(({ measure }) => measure),
  ).toEqual(['a/', '/']);
});
