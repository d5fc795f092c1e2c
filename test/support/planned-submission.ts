import type { FaultRule } from '../../src/arena/faults.ts';
import type { ArenaOptions } from '../../src/arena/server.ts';
import type { Context } from '../../src/context.ts';
import { submit } from '../../src/flows/submission/submit.ts';
import { submissionKey } from '../../src/flows/support/object-keys.ts';
import { sha256Of } from '../../src/flows/support/objects.ts';
import type { Competition } from '../../src/state/competitions.ts';
import { listSubmissions, openSubmission, type Submission } from '../../src/state/submissions.ts';
import { aProblem } from '../domain/problems.ts';
import { aCompetition } from './builders.ts';
import { aPracticeWorld, type PracticeWorld, practiceSlug } from './practice-world.ts';

export type Planned = { world: PracticeWorld; competition: Competition; ctx: Context };

const version = 6;

/** A trained competition at a Kaggle that is no practice, with nothing planned yet. */
export async function aTrainedCompetition(
  options: {
    fields?: Record<string, unknown>;
    faults?: FaultRule[];
    arena?: Partial<ArenaOptions>;
    now?: () => Date;
    maxRounds?: number;
    deadline?: string;
  } = {},
): Promise<Planned> {
  const now = options.now === undefined ? {} : { now: options.now };
  const world = await aPracticeWorld({
    ...(options.fields === undefined ? {} : { fields: options.fields }),
    arena: { ...options.arena, ...(options.faults === undefined ? {} : { faults: options.faults }), ...now },
    context: { judge: null, ...now },
  });
  const { pool, ctx } = world;
  const competition = await aCompetition(
    { pool, state: ctx.state },
    { slug: practiceSlug, state: 'training_completed', version, round: 1 },
  );
  await pool.query(`update competitions set limits = $1, problem = $2, details = $3`, [
    JSON.stringify({ maxRounds: options.maxRounds ?? 5 }),
    JSON.stringify(aProblem()),
    JSON.stringify({ deadline: options.deadline ?? null }),
  ]);
  return { world, competition, ctx };
}

/** Means to submit a file whose first `wrong` answers are wrong. */
export async function planFile(
  { ctx, competition }: Planned,
  { wrong, cv = null }: { wrong: number; cv?: number | null },
): Promise<Submission> {
  const rows = Array.from(
    { length: 40 },
    (_, row) => `${1_000 + row},${row < wrong ? 1 - (row % 2) : row % 2}`,
  );
  const csv = `id,y\n${rows.join('\n')}\n`;
  const paramsHash = sha256Of(csv);
  const objectKey = submissionKey(practiceSlug, competition.round, paramsHash);
  await ctx.objects.put(objectKey, Buffer.from(csv));
  const opened = await openSubmission(ctx.state, {
    competitionId: competition.id,
    version,
    paramsHash,
    approach: 'a-way',
    members: [],
    objectKey,
    cv,
    estimate: cv,
    scores: { cvSd: 0.01 },
  });
  if (opened === null) throw new Error('the competition moved on');
  return opened.submission;
}

/** Calls the stage's flow once. */
export const submitOnce = ({ ctx, competition }: Planned, changes: Partial<Context> = {}) =>
  submit({ ...ctx, ...changes }, { competitionId: competition.id, version });

/** The competition stands again where its round submits. */
export async function nextRoundIsTrained({ world, competition }: Planned): Promise<void> {
  await world.pool.query('alter table competitions disable trigger competitions_guard');
  await world.pool.query(
    `update competitions set state = 'training_completed', version = $2, round = round + 1 where id = $1`,
    [competition.id, version],
  );
  await world.pool.query('alter table competitions enable trigger competitions_guard');
}

export const rowsOf = ({ ctx, competition }: Planned) => listSubmissions(ctx.state, competition.id);

export const atVendor = ({ ctx }: Planned) =>
  ctx.kaggle.listSubmissions(practiceSlug, { signal: ctx.signal });
