import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArenaOptions } from '../../src/arena/server.ts';
import type { Context } from '../../src/context.ts';
import type { CompetitionState } from '../../src/domain/competition-machine.ts';
import { type Competition, getCompetition } from '../../src/state/competitions.ts';
import { aProblem } from '../domain/problems.ts';
import { testToken } from './arena-kit.ts';
import { aCompetition } from './builders.ts';
import { aPracticeWorld, type PracticeWorld, practiceSlug } from './practice-world.ts';

export const hourMs = 3_600_000;

export type StandingWorld = {
  world: PracticeWorld;
  ctx: Context;
  competition: Competition;
  end: Date;
  /** Everybody's clock: ours and the vendor's. */
  clock: { now: Date };
};

type Options = {
  state?: CompetitionState;
  /** Until the competition's end, when the test begins. */
  hoursLeft?: number;
  fields?: Record<string, unknown>;
  arena?: Partial<ArenaOptions>;
};

/** A competition at a Kaggle that is no practice, whose end comes near by a clock that the test moves. */
export async function aStandingWorld(options: Options = {}): Promise<StandingWorld> {
  const { hoursLeft = 100, state = 'analyzing' } = options;
  const clock = { now: new Date() };
  const end = new Date(Math.ceil((clock.now.getTime() + hoursLeft * hourMs) / 1000) * 1000);
  const now = () => clock.now;
  const world = await aPracticeWorld({
    fields: { deadline: end.toISOString(), dailySubmissions: 50, ...options.fields },
    arena: { now, behaviour: { pendingPolls: 0 }, ...options.arena },
    context: { judge: null, now },
  });
  const { pool, ctx } = world;
  const { id } = await aCompetition(
    { pool, state: ctx.state },
    { slug: practiceSlug, state, round: 1, version: 1, requested: true, admitted: true },
  );
  await pool.query('update competitions set problem = $1, details = $2', [
    JSON.stringify(aProblem({ metric: 'accuracy', idColumn: 'id' })),
    JSON.stringify({ deadline: end.toISOString() }),
  ]);
  const competition = await getCompetition(ctx.state, id);
  if (competition === null) throw new Error('it is gone');
  return { world, ctx, competition, end, clock };
}

type Sent = {
  /** So many of the first answers are wrong. */
  wrong: number;
  cv?: number | null;
  cvSd?: number;
  approach?: string;
  round?: number;
};

/** A submission that the vendor took, as our rows know it; its score is not looked at yet. @returns its number */
export async function aSentSubmission({ world, competition }: StandingWorld, sent: Sent): Promise<number> {
  const { wrong, cv = null, cvSd = 0.02, approach = `way-${wrong}`, round = 1 } = sent;
  const { ctx, pool } = world;
  const { signal } = ctx;
  const rows = Array.from(
    { length: 40 },
    (_, row) => `${1_000 + row},${row < wrong ? 1 - (row % 2) : row % 2}`,
  );
  const csv = `id,y\n${rows.join('\n')}\n`;
  const path = join(ctx.scratchFolder, `${wrong}.csv`);
  await writeFile(path, csv);
  const objectKey = `competitions/${practiceSlug}/rounds/${round}/submissions/${wrong}.csv`;
  await ctx.objects.put(objectKey, Buffer.from(csv));
  const session = await ctx.kaggle.startUpload(
    practiceSlug,
    { path, fileName: 'submission.csv' },
    { signal },
  );
  await ctx.kaggle.uploadFile(session, path, { signal });
  const description = `ka-test-${wrong}`;
  const { ref } = await ctx.kaggle.createSubmission(
    practiceSlug,
    { token: session.token, description },
    { signal },
  );
  await pool.query(
    `insert into submissions (competition_id, round, key, params_hash, approach, object_key, cv, estimate, scores,
       status, vendor_ref, sent_at, accepted_at)
     values ($1, $2, $3, $3, $4, $5, $6, $6, $7, 'accepted', $8, clock_timestamp(), clock_timestamp())`,
    [competition.id, round, description, approach, objectKey, cv, JSON.stringify({ cvSd }), String(ref)],
  );
  return ref;
}

/** What a person does on the website. */
export async function tick({ world }: StandingWorld, refs: readonly number[]): Promise<void> {
  const url = `${world.arena.apiUrl}/arena/v1/competitions/${practiceSlug}/select`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${testToken}` },
    body: JSON.stringify({ refs }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Time passes, for us and for the vendor. */
export function setHoursLeft({ clock, end }: StandingWorld, hours: number): void {
  clock.now = new Date(end.getTime() - hours * hourMs);
}
