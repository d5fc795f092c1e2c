import type { Context } from '../../context.ts';
import { combinePredictions } from '../../domain/blend.ts';
import { composeCells, composeSubmission } from '../../domain/compose-submission.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { isBetter } from '../../domain/metrics/score.ts';
import type { Problem } from '../../domain/problem.ts';
import { inspectSubmissionFile } from '../../domain/submission/file.ts';
import { checkSubmission, describeProblem } from '../../domain/submission-check.ts';
import type { Competition } from '../../state/competitions.ts';
import type { Member, Submission } from '../../state/submissions.ts';
import { listTrainingJobs } from '../../state/training.ts';
import { outputPrefix } from '../gpu/judge-run.ts';
import { readTable, type Table, writeTable } from '../support/csv.ts';
import { foldsPrefix } from '../support/object-keys.ts';
import { readObjectTable, sha256Of } from '../support/objects.ts';
import { alignPredictions, readPredictions } from '../support/predictions.ts';
import { type ChosenBlend, nameOfBlend } from './choose-blend.ts';

export type ComposedSubmission = {
  csv: string;
  sha256: string;
  approach: string;
  members: Member[];
  /** Fitted on every labelled row, the gate's included. */
  isFinalFit: boolean;
  /** What was mended in the file, and what a person should look at, one sentence each. */
  warnings: string[];
  /** Of those, what a person is asked about before it is sent. */
  doubts: string[];
};

type Source = Member & { prefix: string };

/**
 * Writes the file to submit: the blend's test predictions in the sample's form, checked as the vendor will.
 * @throws BusinessFailure `submission.*`, `run.bad_predictions`
 */
export async function composeFile(
  ctx: Pick<Context, 'state' | 'objects'>,
  competition: Competition,
  problem: Problem,
  blend: ChosenBlend,
  earlier: readonly Submission[],
): Promise<ComposedSubmission> {
  const sample = await readObjectTable(
    ctx,
    `${foldsPrefix(competition.slug, 0)}/sample_submission.csv`,
    'sample_submission.csv',
  );
  const { sources, isFinalFit } = await sourcesOf(ctx, competition, blend);
  const ids = sample.rows.map((cells) => cells[0] ?? '');
  const columns = combinePredictions(
    problem,
    await Promise.all(
      sources.map(async ({ prefix, weight }) => ({
        weight,
        columns: await readTest(ctx, prefix, ids, problem),
      })),
    ),
  );
  const composed = composeSubmission(problem, ids, { ids, columns }, blend.decision);
  const previousBest = await readBest(ctx, problem, earlier);
  const checked = await check({ competition, problem, sample, composed, earlier, blend, previousBest });
  const csv = writeTable({ columns: checked.header, rows: checked.rows });
  return {
    csv,
    sha256: sha256Of(csv),
    approach: nameOfBlend(sources),
    members: sources.map(({ jobId, approach, weight }) => ({ jobId, approach, weight })),
    isFinalFit,
    warnings: checked.warnings,
    doubts: checked.doubts,
  };
}

/** The runs that predict the test: the final fits where every script of the blend has one, else the blend's own. */
async function sourcesOf(
  ctx: Pick<Context, 'state'>,
  competition: Competition,
  blend: ChosenBlend,
): Promise<{ sources: Source[]; isFinalFit: boolean }> {
  const jobs = await listTrainingJobs(ctx.state, competition.id);
  const weightOf = new Map<string, number>();
  for (const { codeId, weight } of blend.members) weightOf.set(codeId, (weightOf.get(codeId) ?? 0) + weight);
  const finals = [...weightOf].flatMap(([codeId, weight]) => {
    const job = jobs.find(
      (run) => run.codeId === codeId && run.purpose === 'final' && run.status === 'succeeded',
    );
    if (job === undefined) return [];
    return [{ jobId: job.id, approach: job.approach.name, weight, prefix: outputPrefix(job, job.token) }];
  });
  if (finals.length === weightOf.size) return { sources: finals, isFinalFit: true };
  return { sources: blend.members, isFinalFit: false };
}

async function readTest(
  ctx: Pick<Context, 'objects'>,
  prefix: string,
  ids: readonly string[],
  problem: Problem,
): Promise<Float64Array[]> {
  const predictions = await readPredictions(ctx, `${prefix}/test.csv`, 'test.csv', problem.idColumn, problem);
  return alignPredictions('test.csv', predictions, ids);
}

/** The file of the best submission by cross-validation; none where there is none, or it is kept no more. */
async function readBest(
  ctx: Pick<Context, 'objects'>,
  { metric }: Problem,
  earlier: readonly Submission[],
): Promise<Table | null> {
  let best: { cv: number; objectKey: string } | null = null;
  for (const { status, cv, objectKey } of earlier) {
    if ((status !== 'accepted' && status !== 'scored') || cv === null) continue;
    if (best === null || isBetter(metric, best.cv, cv)) best = { cv, objectKey };
  }
  if (best === null || (await ctx.objects.head(best.objectKey)) === null) return null;
  return await readObjectTable(ctx, best.objectKey, 'submission.csv');
}

type ToCheck = {
  competition: Competition;
  problem: Problem;
  sample: Table;
  composed: { header: string[]; rows: string[][] };
  earlier: readonly Submission[];
  blend: ChosenBlend;
  previousBest: Table | null;
};

async function check(input: ToCheck) {
  const { competition, problem, sample, composed, earlier, blend, previousBest } = input;
  const csv = writeTable({ columns: composed.header, rows: composed.rows });
  const bytes = Buffer.from(csv);
  // Read back as the vendor will read it: what is checked is the file, not what it was made from.
  const written = await readTable('submission.csv', bytes);
  const target = competition.profile?.target;
  const verdict = checkSubmission(
    { header: sample.columns, rows: sample.rows },
    { header: written.columns, rows: written.rows },
    {
      problem,
      file: inspectSubmissionFile(bytes),
      ...(target?.kind === 'classes' ? { classShares: target.shares } : {}),
      contentHash: sha256Of(csv),
      // A file that was sent before is taken up again, not refused.
      earlierHashes: earlier.filter(({ status }) => status === 'error').map(({ paramsHash }) => paramsHash),
      oofCells: composeCells(problem, blend.oof, blend.decision),
      ...(previousBest === null
        ? {}
        : { previousBest: { header: previousBest.columns, rows: previousBest.rows } }),
    },
  );
  if (verdict.verdict === 'invalid') {
    const [first] = verdict.problems;
    throw new BusinessFailure(
      `The submission would be refused: ${first === undefined ? 'it is not valid.' : describeProblem(first)}`,
      {
        code: first?.code ?? 'submission.invalid',
        details: { problems: verdict.problems },
      },
    );
  }
  return {
    header: verdict.header,
    rows: verdict.rows,
    // What was mended is said as well: the file is not quite what the runs predicted.
    warnings: [...verdict.repairs, ...verdict.warnings.map(({ message }) => message)],
    doubts: verdict.warnings.filter(({ code }) => code === 'submission.drift').map(({ message }) => message),
  };
}
