import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/explain/where-it-differs.md'), 'utf8');
const rows = [...page.matchAll(/^\| (?!what|---)([^|]+) \| [^|]+ \| (.+) \|$/gm)].map(
  ([, claim = '', proofs = '']) => ({
    claim,
    proofs: [...proofs.matchAll(/`(test\/[\w./-]+)`: "([^"]+)"/g)].map(([, file = '', name = '']) => ({
      file,
      name,
    })),
  }),
);

/** A name may stand in either kind of quotes, with an apostrophe escaped. */
function holds(file: string, name: string): boolean {
  const source = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
  return [`'${name}'`, `"${name}"`].some((quoted) => source.includes(quoted));
}

test('every line that says where the agent differs names a test, and that test is there', () => {
  expect(rows.length).toBeGreaterThanOrEqual(10);
  expect(rows.filter(({ proofs }) => proofs.length === 0)).toEqual([]);
  expect(rows.flatMap(({ proofs }) => proofs).filter(({ file, name }) => !holds(file, name))).toEqual([]);
});
