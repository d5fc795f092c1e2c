import { z } from 'zod';

/** Points beyond this make no picture clearer. */
export const mostChartPoints = 200;

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
]);

export type Chart = z.output<typeof chartSchema>;
