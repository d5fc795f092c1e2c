import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SubmissionContext, Table } from '../../src/domain/submission/types.ts';
import { checkSubmission } from '../../src/domain/submission-check.ts';
import { aProbabilityProblem } from './problems.ts';

const context: SubmissionContext = { problem: aProbabilityProblem() };

/** Distinct ids and a different probability for each: valid, and nothing in it is degenerate. */
const aTable = fc
  .uniqueArray(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 3, maxLength: 40 })
  .map((ids): Table => {
    const rows = ids.map((id, row) => [String(id), String((row + 1) / (ids.length + 1))]);
    return { header: ['id', 'target'], rows };
  });

const sampleOf = ({ header, rows }: Table): Table => ({
  header,
  rows: rows.map(([id = '']) => [id, '0.5']),
});

const check = (valid: Table, came: Table) => checkSubmission(sampleOf(valid), came, context);

const shuffled = (valid: Table) =>
  fc.shuffledSubarray([...valid.rows], { minLength: valid.rows.length, maxLength: valid.rows.length });

test('whatever order, index column and way of writing ids a file comes in, the same table is submitted', () => {
  fc.assert(
    fc.property(
      aTable.chain((valid) => fc.tuple(fc.constant(valid), shuffled(valid))),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      ([valid, rows], hasIndex, isSwapped, isFloat) => {
        const cells = rows.map(([id = '', value = '']) => [isFloat ? `${id}.0` : id, value]);
        const ordered = isSwapped ? cells.map(([id = '', value = '']) => [value, id]) : cells;
        const header = isSwapped ? ['target', 'id'] : ['id', 'target'];
        const came = {
          header: hasIndex ? ['Unnamed: 0', ...header] : header,
          rows: hasIndex ? ordered.map((row, index) => [String(index), ...row]) : ordered,
        };

        const result = check(valid, came);

        expect(result.problems).toEqual([]);
        expect(result.header).toEqual(valid.header);
        expect(result.rows).toEqual(valid.rows);
      },
    ),
  );
});

test('what was repaired is valid, and stays as it is', () => {
  fc.assert(
    fc.property(
      aTable.chain((valid) => fc.tuple(fc.constant(valid), shuffled(valid))),
      ([valid, rows]) => {
        const first = check(valid, { header: ['ID', 'Target'], rows });
        const second = check(valid, first);

        expect(first.verdict).toBe('repaired');
        expect(second).toMatchObject({ verdict: 'valid', repairs: [] });
        expect(second.rows).toEqual(first.rows);
      },
    ),
  );
});

const badCells = ['', 'nan', 'None', 'inf', '-Infinity', 'high', '1.5', '-0.2', '0x10', '1,5'];

test('one bad cell anywhere is refused, and shown with its row', () => {
  fc.assert(
    fc.property(
      aTable.chain((valid) => fc.tuple(fc.constant(valid), shuffled(valid))),
      fc.nat(),
      fc.constantFrom(...badCells),
      ([valid, rows], seed, cell) => {
        const at = seed % rows.length;
        const [id = ''] = rows[at] ?? [];
        const came = {
          header: valid.header,
          rows: rows.map((row, index) => (index === at ? [id, cell] : row)),
        };

        const result = check(valid, came);

        expect(result.verdict).toBe('invalid');
        expect(result.problems[0]?.examples).toEqual([`row ${at + 1}, id ${id}: ${JSON.stringify(cell)}`]);
      },
    ),
  );
});

test('a row that is missing, doubled or of another id is refused', () => {
  fc.assert(
    fc.property(
      aTable,
      fc.nat(),
      fc.constantFrom('missing', 'doubled', 'replaced', 'foreign'),
      (valid, seed, what) => {
        const at = seed % valid.rows.length;
        const [victim = []] = valid.rows.slice(at, at + 1);
        const others = valid.rows.filter((_, index) => index !== at);
        const [other = []] = others;
        const rows = {
          missing: others,
          doubled: [...valid.rows, victim],
          replaced: [...others, other],
          foreign: [...others, ['x', victim[1] ?? '']],
        }[what];

        const result = check(valid, { header: valid.header, rows });

        expect(result.verdict).toBe('invalid');
        expect(result.problems.length).toBeGreaterThan(0);
      },
    ),
  );
});

test('ids that occur more than once are matched as often as the sample has them', () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 30 })
        .chain((ids) =>
          fc.tuple(
            fc.constant(ids),
            fc.shuffledSubarray(ids, { minLength: ids.length, maxLength: ids.length }),
          ),
        ),
      ([ids, order]) => {
        const sample = { header: ['id', 'target'], rows: ids.map((id) => [String(id), '0.5']) };
        const rows = order.map((id, row) => [String(id), String((row + 1) / (order.length + 1))]);

        const result = checkSubmission(sample, { header: ['id', 'target'], rows }, context);

        expect(result.problems).toEqual([]);
        expect(result.rows.map(([id]) => id)).toEqual(ids.map(String));
        const sorted = (list: readonly (readonly string[])[]) => list.map((row) => row.join(' ')).sort();
        expect(sorted(result.rows)).toEqual(sorted(rows));
      },
    ),
  );
});
