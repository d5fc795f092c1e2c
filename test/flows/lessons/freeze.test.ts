import { expect, test } from 'vitest';
import { analyze } from '../../../src/flows/analysis/analyze.ts';
import { planGeneration } from '../../../src/flows/codegen/plan-generation.ts';
import { startGeneration } from '../../../src/flows/codegen/start-generation.ts';
import { planTraining } from '../../../src/flows/gpu/plan-training.ts';
import { startTraining } from '../../../src/flows/gpu/start-training.ts';
import { planResearch } from '../../../src/flows/research/plan-research.ts';
import { stateJobs } from '../../../src/jobs/routes.ts';
import { getCompetition, setCompetitionProblem } from '../../../src/state/competitions.ts';
import { listDecisions } from '../../../src/state/decisions.ts';
import { listLessons } from '../../../src/state/lessons.ts';
import { aProblem } from '../../domain/problems.ts';
import { aColumn, aFile } from '../../domain/profiles.ts';
import { aCompetition } from '../../support/builders.ts';
import { aContext } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';

test('while cross-validation and leaderboard disagree nothing is spent, and the folds are trusted less', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state, canBeAsked: () => true });
  const { id, version } = await aCompetition(db, { state: 'analyzing', round: 1, admitted: true });
  await setCompetitionProblem(db.state, {
    id,
    problem: aProblem(),
    profile: {
      train: aFile('train.csv', [aColumn('age'), aColumn('target')], 1_000),
      test: aFile('test.csv', [aColumn('age')]),
      target: { kind: 'classes', shares: { 0: 0.6, 1: 0.4 } },
      leakageHints: [],
      columnDifferences: { onlyTrain: ['target'], onlyTest: [] },
    },
    details: {},
  });
  // The better by cross-validation, the worse on the board.
  for (let place = 0; place < 6; place += 1) {
    await db.pool.query(
      `insert into submissions (competition_id, round, key, params_hash, approach, object_key, cv, status, public_score, scored_at)
       values ($1, 1, $2, $2, 'boosting', 'file', $3, 'scored', $4, clock_timestamp())`,
      [id, `s${place}`, 0.8 + place / 100, `${0.8 - place / 100}`],
    );
  }

  await analyze(ctx, { competitionId: id, version });

  const waiting = await getCompetition(db.state, id);
  expect(waiting?.state).toBe('awaiting_decision');
  expect(await listDecisions(db.state, { competitionId: id, onlyOpen: true })).toMatchObject([
    { kind: 'agreement', blocking: true, draft: { defaultOption: 'skip_competition' } },
  ]);
  // No event leads from there to any work, and no job that comes all the same does any.
  expect(stateJobs.awaiting_decision).toBeUndefined();
  const input = { competitionId: id, version: waiting?.version ?? 0 };
  for (const stage of [planResearch, startGeneration, planGeneration, startTraining, planTraining]) {
    await stage(ctx, input);
  }
  for (const table of [
    'search_plans',
    'research_results',
    'generated_code',
    'training_jobs',
    'spend_ledger',
    'model_calls',
  ]) {
    const { rows } = await db.pool.query(`select count(*)::integer as rows from ${table}`);
    expect([table, rows]).toEqual([table, [{ rows: 0 }]]);
  }
  expect((await getCompetition(db.state, id))?.state).toBe('awaiting_decision');
  expect(await listLessons(db.state, { all: false })).toMatchObject([
    {
      kind: 'validation',
      text: 'With stratified folds cross-validation and the leaderboard put submissions into different orders.',
      timesConfirmed: 1,
    },
  ]);
});
