import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { inferProblem } from '../../src/domain/infer-problem.ts';
import { metricNames, metricSpec } from '../../src/domain/metrics/catalog.ts';
import { readCsvFile } from './profiles.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');

const competitionSchema = z.object({
  modality: z.string(),
  task: z.string(),
  metric: z.object({ name: z.enum(metricNames) }),
  idColumn: z.string(),
  targetColumns: z.array(z.string()),
  submissionColumns: z.array(z.string()),
});

test.skipIf(!existsSync(data)).each([
  ['titanic', ['0', '1'], []],
  ['playground-series-s3e26', ['C', 'CL', 'D'], []],
  ['house-prices-advanced-regression-techniques', null, []],
  ['nlp-getting-started', ['0', '1'], ['text']],
])(
  'the problem of %s is inferred from its files (skipped without the data)',
  (slug, classes, textColumns) => {
    const expected = competitionSchema.parse(
      JSON.parse(readFileSync(`${data}/${slug}/competition.json`, 'utf8')),
    );
    const train = readCsvFile(`${data}/${slug}/public/train.csv`);
    const testFile = readCsvFile(`${data}/${slug}/public/test.csv`);
    const sample = readCsvFile(`${data}/${slug}/public/sample_submission.csv`);
    const candidates = train.header.filter((name) => !testFile.header.includes(name));
    const valuesOf = (name: string) => [
      ...new Set(train.rows.map((row) => row[train.header.indexOf(name)] ?? '')),
    ];

    const { problem, confidence } = inferProblem({
      slug,
      title: slug,
      metricText: metricSpec(expected.metric.name).displayName,
      pageText: '',
      train: train.profile,
      test: testFile.profile,
      sample: { columns: sample.header, firstRows: sample.rows.slice(0, 5) },
      targetValues: Object.fromEntries(candidates.map((name) => [name, valuesOf(name)])),
    });

    expect(problem).toMatchObject({
      modality: expected.modality,
      task: expected.task.replace('-classification', ''),
      metric: expected.metric.name,
      idColumn: expected.idColumn,
      targetColumns: expected.targetColumns,
      submissionColumns: expected.submissionColumns,
      classes,
      textColumns,
      groupColumn: null,
      timeColumn: null,
    });
    expect(confidence).toBe(1);
  },
);
