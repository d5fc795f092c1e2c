import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { asFailure, BusinessFailure } from '../../domain/errors.ts';
import type { Problem } from '../../domain/problem.ts';
import { checkSubmission, describeProblem } from '../../domain/submission-check.ts';
import type { Competition } from '../../state/competitions.ts';
import type { Notebook } from '../../state/notebooks.ts';
import { readTable, type Table, writeTable } from '../support/csv.ts';
import { foldsPrefix } from '../support/object-keys.ts';
import { readObjectTable } from '../support/objects.ts';

/** The visible test of a code competition is often a stub of a few rows, of which any share may be alike. */
const fewRows = 50;
const maxOutputBytes = 1_000_000_000;

export type CheckedOutput = { csv: string; warnings: string[] };

/**
 * What the notebook wrote for the visible test, checked as a file would be before it is submitted.
 * @throws BusinessFailure `submission.*`, `csv.*`, `kaggle.not_found`: the notebook is of no use
 */
export async function checkOutput(
  ctx: Context,
  competition: Competition,
  problem: Problem,
  notebook: Notebook,
  fileName: string,
): Promise<CheckedOutput> {
  const csv = await fetchOutput(ctx, notebook, fileName);
  const written = await readTable(fileName, Buffer.from(csv));
  const sample = await expectedRows(ctx, competition, problem);
  const target = competition.profile?.target;
  const isStub = sample.rows.length < fewRows;
  const verdict = checkSubmission(
    { header: sample.columns, rows: sample.rows },
    { header: written.columns, rows: written.rows },
    {
      problem,
      isConstantBaseline: isStub,
      ...(target?.kind === 'classes' ? { classShares: target.shares } : {}),
    },
  );
  const isOnlyAlike = isStub && verdict.problems.every(({ code }) => code === 'submission.same_as_sample');
  // Kaggle scores what the notebook writes: what would have to be mended here is wrong there.
  if (verdict.verdict !== 'invalid' || isOnlyAlike) {
    const repairs = verdict.repairs.map((repair) => `At Kaggle the notebook does not do this: ${repair}`);
    return { csv, warnings: [...repairs, ...verdict.warnings.map(({ message }) => message)] };
  }
  const [first] = verdict.problems;
  throw new BusinessFailure(
    `Its submission would be refused: ${first === undefined ? 'it is not valid.' : describeProblem(first)}`,
    {
      code: first?.code ?? 'submission.invalid',
      details: { problems: verdict.problems },
    },
  );
}

async function fetchOutput(ctx: Context, notebook: Notebook, fileName: string): Promise<string> {
  await mkdir(ctx.scratchFolder, { recursive: true });
  const path = join(ctx.scratchFolder, `notebook-${randomUUID()}.csv`);
  try {
    const options = { signal: ctx.signal, maxBytes: maxOutputBytes };
    await ctx.kaggle.downloadNotebookFile(notebook, fileName, path, options);
    return await readFile(path, 'utf8');
  } catch (error) {
    const failure = asFailure(error);
    throw failure.code === 'kaggle.not_found'
      ? new BusinessFailure(`It wrote no ${fileName}, so there is nothing to submit.`, {
          code: 'notebook.no_output',
          cause: error,
        })
      : failure;
  } finally {
    await rm(path, { force: true });
    await rm(`${path}.json`, { force: true });
  }
}

/** The sample where it names the rows of the visible test, else a sample made of them: the rule of the notebook. */
async function expectedRows(ctx: Context, { slug }: Competition, problem: Problem): Promise<Table> {
  const prefix = foldsPrefix(slug, 0);
  const [sample, test] = await Promise.all([
    readObjectTable(ctx, `${prefix}/sample_submission.csv`, 'sample_submission.csv'),
    readObjectTable(ctx, `${prefix}/test.csv`, 'test.csv'),
  ]);
  const place = test.columns.indexOf(problem.idColumn);
  if (place < 0) return sample;
  const ids = [...new Set(test.rows.map((row) => row[place] ?? ''))];
  const named = new Set(sample.rows.map(([id = '']) => id));
  if (named.size === sample.rows.length && named.size === ids.length && ids.every((id) => named.has(id)))
    return sample;
  const filler = sample.rows[0]?.slice(1) ?? problem.submissionColumns.map(() => '0');
  const made = { columns: sample.columns, rows: ids.map((id) => [id, ...filler]) };
  // Read back, so that both come the same way.
  return await readTable('sample_submission.csv', Buffer.from(writeTable(made)));
}
