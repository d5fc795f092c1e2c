import { z } from 'zod';
import { operators } from './search/step.ts';

/** Points beyond this make no picture clearer. */
export const mostChartPoints = 200;

/** More nodes than this are not told apart in one picture. */
export const mostTreeNodes = 60;

/** More rows would be too thin for their names. */
const mostChartRuns = 12;

/** What a picture shows, as numbers; the same facts give the same picture. */
export const chartSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('scores'),
    slug: z.string(),
    metric: z.string(),
    direction: z.enum(['maximize', 'minimize']),
    /** One for each scored submission, in the order of their scores' arrival. */
    points: z
      .array(z.object({ round: z.number().int(), at: z.coerce.date(), value: z.number() }))
      .min(1)
      .max(mostChartPoints),
    /** Thresholds of medals and the like, where they are known. */
    lines: z.array(z.object({ label: z.string(), value: z.number() })).max(5),
  }),
  z.object({
    kind: z.literal('costs'),
    slug: z.string(),
    /** What was spent up to a moment, in US dollars; never falling. */
    points: z
      .array(z.object({ at: z.coerce.date(), usd: z.number() }))
      .min(1)
      .max(mostChartPoints),
    capUsd: z.number().nullable(),
  }),
  z.object({
    kind: z.literal('tree'),
    slug: z.string(),
    metric: z.string(),
    direction: z.enum(['maximize', 'minimize']),
    /** Oldest first; parents stand before their children. */
    nodes: z
      .array(
        z.object({
          /** As people call it; parents are named by it. */
          number: z.number().int().positive(),
          name: z.string(),
          round: z.number().int().nonnegative(),
          operator: z.enum(operators),
          parents: z.array(z.number().int()).max(2),
          status: z.enum(['open', 'failed', 'scored']),
          cv: z.number().nullable(),
          isBest: z.boolean(),
          isSubmitted: z.boolean(),
        }),
      )
      .min(1)
      .max(mostTreeNodes),
    /** Nodes that are left out. */
    hidden: z.number().int().nonnegative(),
  }),
  z.object({
    kind: z.literal('runs'),
    slug: z.string(),
    metric: z.string(),
    direction: z.enum(['maximize', 'minimize']),
    /** Best first. */
    runs: z
      .array(z.object({ name: z.string(), cv: z.number(), folds: z.array(z.number()).max(50) }))
      .min(1)
      .max(mostChartRuns),
  }),
  z.object({
    kind: z.literal('curves'),
    slug: z.string(),
    /** Of the node whose run it is. */
    name: z.string(),
    /** By what is measured, one above the other. */
    panels: z
      .array(
        z.object({
          measure: z.string(),
          curves: z
            .array(
              z.object({
                name: z.string(),
                /** [step, value] in the order in which they were told. A step that goes back begins anew. */
                points: z
                  .array(z.tuple([z.number(), z.number()]))
                  .min(1)
                  .max(mostChartPoints),
              }),
            )
            .min(1)
            .max(4),
        }),
      )
      .min(1)
      .max(2),
  }),
]);

export type Chart = z.output<typeof chartSchema>;
