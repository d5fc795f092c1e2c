import { z } from 'zod';

/** Every message to people is a card: a pure function of a record. */
export const cardKinds = ['notice', 'decision', 'status', 'result', 'alert'] as const;

export const cardContentSchema = z.object({
  kind: z.enum(cardKinds),
  /** One line that says it all: notification, screen reader. */
  summary: z.string().min(1).max(300),
  title: z.string().min(1).max(150),
  body: z.string().max(3000).default(''),
  facts: z
    .array(z.object({ label: z.string(), value: z.string() }))
    .max(12)
    .default([]),
  decisionId: z.uuid().nullable().default(null),
});

export type CardContent = z.output<typeof cardContentSchema>;
export type CardDraft = z.input<typeof cardContentSchema>;
