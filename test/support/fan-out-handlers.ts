import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { competitionAt, move } from '../../src/flows/support/competition-call.ts';
import type { JobHandlers } from '../../src/jobs/registry.ts';
import { transitionCompetition } from '../../src/state/competitions.ts';
import type { StatePort } from '../../src/state/port.ts';
import { movingHandlers } from './idle-handlers.ts';

const itemsPerFanOut = 3;

/**
 * From the start of research to the end without any work in it, as `movingHandlers`; but research is planned, asked
 * in several queries side by side, and joined, so every kind of job is on the way.
 */
export function fanOutHandlers(pool: pg.Pool, given: Partial<JobHandlers> = {}): JobHandlers {
  return {
    ...movingHandlers(),
    async 'research.plan'(ctx, input) {
      const competition = await competitionAt(ctx, input, 'researching');
      if (competition === null) return;
      const items = Array.from({ length: itemsPerFanOut }, () => randomUUID());
      // Planned once, as the function of the real plan does it.
      await pool.query(
        `select emit_event('research_planned', $1, jsonb_build_object('version', $2::integer, 'items', $3::jsonb), $4)
         where not exists (select from events where competition_id = $1 and type = 'research_planned'
                           and (payload ->> 'version')::integer = $2)`,
        [competition.id, competition.version, JSON.stringify(items), JSON.stringify(ctx.actor)],
      );
    },
    async 'research.rank'(ctx, input) {
      const competition = await competitionAt(ctx, input, 'researching');
      if (competition !== null) await move(ctx, competition, 'research_completed');
    },
    async 'submission.watch'(ctx, input) {
      const competition = await competitionAt(ctx, input, 'submitted');
      if (competition !== null) await move(ctx, competition, 'score_received');
    },
    async 'submission.analyze'(ctx, input) {
      const competition = await competitionAt(ctx, input, 'analyzing');
      if (competition !== null) await move(ctx, competition, 'success');
    },
    ...given,
  };
}

/** Where each of them ends. */
export const fanOutEnd = { state: 'completed', version: 9 } as const;

/** A competition at the beginning of its research, with the event that starts the first job. */
export async function startChain({ pool, state }: { pool: pg.Pool; state: StatePort }): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into competitions (slug, title, requested_at, admitted_at)
     values ($1, 'A chain', clock_timestamp(), clock_timestamp()) returning id`,
    [`chain-${randomUUID()}`],
  );
  const id = rows[0]?.id ?? '';
  const actor = { type: 'schedule', name: 'chain' } as const;
  await transitionCompetition(state, { id, version: 0, event: 'research_started', actor });
  return id;
}
