import { expect, test } from 'vitest';
import { buildNotebook } from '../../../src/providers/notebook/build-notebook.ts';
import { codeOf, notebookSchema, someParts } from '../../support/notebook-kit.ts';

test('a notebook is nbformat 4 with one string a cell and no outputs, and the same parts give the same text', async () => {
  const text = await buildNotebook(someParts());

  const { cells, nbformat } = notebookSchema.parse(JSON.parse(text));
  expect(nbformat).toBe(4);
  expect(cells.map(({ cell_type: kind }) => kind)).toEqual(['markdown', 'code', 'code', 'code', 'code']);
  expect(cells[0]?.source).toContain('Odd or even');
  expect(cells.at(-1)?.source).toBe('main(SETTINGS)');
  expect(await buildNotebook(someParts())).toBe(text);
  expect(await buildNotebook(someParts({ memberSeconds: 61 }))).not.toBe(text);
});

test('a script stands in it line by line, whatever it holds', async () => {
  const script = 'text = """it\'s \\"three\\" quotes"""\nnames = ["データ", "\u{1F40D}", "\\n"]\t# 100 %\n';
  const code = codeOf(
    await buildNotebook(someParts({ members: [{ name: 'a', script, weight: 1, seed: 1 }] })),
  );

  for (const line of script.split('\n')) expect(code).toContain(JSON.stringify(line));
});

test('folds that are too long for a notebook are left to its own rule', async () => {
  const folds = Array.from({ length: 1_300_000 }, (_, row) => Math.floor(Math.abs(Math.sin(row) * 1e6)) % 5);
  const text = await buildNotebook(someParts({ folds }));

  expect(text.length).toBeLessThan(200_000);
  expect(codeOf(text)).toContain('\\"folds\\":null');
});

test('scripts that do not fit into a notebook are refused', async () => {
  const script = '# long\n'.repeat(150_000);
  const parts = someParts({ members: [{ name: 'long', script, weight: 1, seed: 1 }] });

  await expect(buildNotebook(parts)).rejects.toMatchObject({ kind: 'business', code: 'notebook.too_large' });
});
