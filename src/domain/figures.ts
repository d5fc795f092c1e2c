import { z } from 'zod';

/** Rows of one table by a column of few values. */
const counts = z.record(z.string(), z.number().int());

/** What the database tells of the installation as a whole, for metrics and the status page. */
export const figuresSchema = z.object({
  /** By state; a state that no competition is in is left out, as in the other counts. */
  competitions: counts,
  competitionsEntered: z.number().int(),
  /** Those that are worked on now, the most important first, and no more than were asked for. */
  active: z.array(
    z.object({
      slug: z.string(),
      state: z.string(),
      round: z.number().int(),
      /** A name of `domain/metrics/catalog.ts`; null before the problem is known. */
      metric: z.string().nullable(),
      /** Of the public scores; null before the first. */
      lowest: z.number().nullable(),
      highest: z.number().nullable(),
      rank: z.number().int().nullable(),
      entrants: z.number().int().nullable(),
      /** Seconds since 1970. */
      admittedAtSeconds: z.number().nullable(),
      lastSubmissionAtSeconds: z.number().nullable(),
      spentMicroUsd: z.number(),
    }),
  ),
  submissions: counts,
  trainingJobs: counts,
  /** Machines that are not given back yet, by provider. */
  machines: counts,
  decisions: counts,
  /** Open ones past their deadline. */
  decisionsOverdue: z.number().int(),
  /** Events that no relay has sent yet; `oldestSeconds` is 0 where there is none. */
  outbox: z.object({ waiting: z.number().int(), oldestSeconds: z.number() }),
  /** Messages that wait to be sent, by chat platform. */
  cardsWaiting: counts,
  /** Open ones, by severity. */
  alerts: counts,
  budgets: z.array(
    z.object({
      /** `fleet_hour`, `gpu_day` or `llm_day`. */
      budget: z.string(),
      capMicroUsd: z.number(),
      spentMicroUsd: z.number(),
      reservedMicroUsd: z.number(),
    }),
  ),
  /** Processes of the agent whose heartbeat is fresh. */
  processes: z.array(
    z.object({
      id: z.string(),
      /** `all`, or roles joined by `+`. */
      role: z.string(),
      host: z.string(),
      pid: z.number().int(),
      startedAt: z.iso.datetime({ offset: true, local: false }),
      heartbeatAt: z.iso.datetime({ offset: true, local: false }),
    }),
  ),
});
export type Figures = z.output<typeof figuresSchema>;
