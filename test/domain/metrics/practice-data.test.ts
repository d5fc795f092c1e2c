import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { metricNames } from '../../../src/domain/metrics/catalog.ts';
import { formatScore, scoreColumns } from '../../../src/domain/metrics/score.ts';

const data = resolve(import.meta.dirname, '../../../../shared/data');

function readCsv(path: string): Record<string, string>[] {
  return z.array(z.record(z.string(), z.string())).parse(parse(readFileSync(path), { columns: true }));
}

// Known scores of the sample submissions; for Titanic it is the gender submission's score on Kaggle itself.
test.skipIf(!existsSync(data)).each([
  ['titanic', '0.76555'],
  ['playground-series-s3e26', '0.79468'],
  ['house-prices-advanced-regression-techniques', '0.40614'],
  ['nlp-getting-started', '0.00000'],
])(
  'the sample submission of %s scores %s on its hidden labels (skipped without the data)',
  (slug, expected) => {
    const { metric, submissionColumns } = z
      .object({ metric: z.object({ name: z.enum(metricNames) }), submissionColumns: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(`${data}/${slug}/competition.json`, 'utf8')));
    const solution = readCsv(`${data}/${slug}/private/solution.csv`);
    const sample = readCsv(`${data}/${slug}/public/sample_submission.csv`);
    const columnsOf = (rows: Record<string, string>[]) =>
      submissionColumns.map((column) => rows.map((row) => row[column] ?? ''));

    const score = scoreColumns(metric.name, columnsOf(solution), columnsOf(sample));

    expect(formatScore(score)).toBe(expected);
  },
);
