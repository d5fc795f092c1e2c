import type pg from 'pg';
import type { Ablation } from '../../src/domain/search/step.ts';
import { type Competition, getCompetition, setCompetitionProblem } from '../../src/state/competitions.ts';
import type { StatePort } from '../../src/state/port.ts';
import { storeAblations } from '../../src/state/search.ts';
import { endTrainingJob, openGpuSession, planTraining } from '../../src/state/training.ts';
import { aProblem } from '../domain/problems.ts';
import { aColumn, aFile } from '../domain/profiles.ts';
import { someActor as actor, aRun, aTrainingCompetition } from './builders.ts';

export type Taught = { cv: number; gate?: number; ablations?: Ablation[] };

/** A competition whose data were read and whose nodes were trained, as the rows say it. */
export async function aTaughtCompetition(
  db: { pool: pg.Pool; state: StatePort },
  nodes: Readonly<Record<string, Taught>>,
  options: { details?: Record<string, unknown>; slug?: string } = {},
): Promise<Competition> {
  const names = Object.keys(nodes);
  const { competition, codeIds } = await aTrainingCompetition(db, names);
  const columns = [aColumn('id', { kind: 'id' }), aColumn('age'), aColumn('target')];
  await setCompetitionProblem(db.state, {
    id: competition.id,
    problem: aProblem({ slug: competition.slug }),
    profile: {
      train: aFile('train.csv', columns, 1_000),
      test: aFile('test.csv', columns.slice(0, 2)),
      target: { kind: 'classes', shares: { 0: 0.6, 1: 0.4 } },
      leakageHints: [],
      columnDifferences: { onlyTrain: ['target'], onlyTest: [] },
    },
    details: options.details ?? {},
  });
  const jobs = codeIds.map((codeId) => aRun(codeId));
  const { id, version } = competition;
  const jobIds = (await planTraining(db.state, { competitionId: id, version, jobs, actor })) ?? [];
  for (const jobId of jobIds) {
    const { rows } = await db.pool.query<{ name: string; approach_id: string }>(
      'select a.name, a.id as approach_id from training_jobs t join approaches a on a.id = t.approach_id where t.id = $1',
      [jobId],
    );
    const { name = '', approach_id: approachId = '' } = rows[0] ?? {};
    const { cv = 0, gate = null, ablations } = nodes[name] ?? {};
    const opened = await openGpuSession(db.state, {
      jobId,
      provider: 'tests',
      offer: {},
      microUsd: 0,
      microUsdPerHour: 0,
      maxStarts: 3,
    });
    if (opened?.outcome !== 'opened') throw new Error('the run does not start');
    const scores = { folds: [cv - 0.01, cv, cv + 0.01], cv, cvSd: 0.01, gate };
    await endTrainingJob(db.state, { id: jobId, token: opened.token, status: 'succeeded', scores });
    if (ablations !== undefined) await storeAblations(db.state, { approachId, ablations });
  }
  // A family for each node, so that they can be compared.
  await db.pool.query(
    `update approaches set family = name, spec = jsonb_set(spec, '{family}', to_jsonb(name)) where competition_id = $1`,
    [id],
  );
  if (options.slug !== undefined) {
    await db.pool.query('update competitions set slug = $2 where id = $1', [id, options.slug]);
  }
  const taught = await getCompetition(db.state, id);
  if (taught === null) throw new Error('it is gone');
  return taught;
}
