import type { Context } from '../context.ts';
import type { StageFailure } from '../domain/recovery.ts';
import type { JobName, JobPayload, TickName } from './catalog.ts';

export type JobHandler<N extends JobName> = (ctx: Context, payload: JobPayload<N>) => Promise<void>;

/** Exactly one handler for each job of the catalogue; a missing one does not compile. */
export type JobHandlers = { [N in JobName]: JobHandler<N> };

/** What becomes of a fan-out's row whose job is dead. */
export type ItemEndings = {
  [N in JobName as JobPayload<N> extends { itemId: string } ? N : never]: (
    ctx: Context,
    payload: JobPayload<N>,
    failure: StageFailure,
  ) => Promise<void>;
};

export type TickHandlers = { [N in TickName]: (ctx: Context) => Promise<unknown> };
