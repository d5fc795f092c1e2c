import { z } from 'zod';

/**
 * What is read of an interaction. Source: npm @google/genai 3.1.0, dist/genai.d.ts; `outputs` is how older versions of
 * the API say it.
 */

const annotationSchema = z.looseObject({
  type: z.string().nullish(),
  url: z.string().nullish(),
  title: z.string().nullish(),
  document_uri: z.string().nullish(),
  file_name: z.string().nullish(),
  /** Bytes of the text that it stands at, the end exclusive. */
  start_index: z.number().nullish(),
  end_index: z.number().nullish(),
});

const contentSchema = z.looseObject({
  type: z.string().nullish(),
  text: z.string().nullish(),
  annotations: z.array(annotationSchema).nullish(),
});
export type GeminiContent = z.output<typeof contentSchema>;

export const interactionSchema = z.looseObject({
  /** It becomes part of an address. */
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:=~-]{0,299}$/),
  /** `queued`, `in_progress`, `requires_action`, `completed`, `failed`, `cancelled`, `incomplete`, …: more may come. */
  status: z.string().nullish(),
  steps: z
    .array(z.looseObject({ type: z.string().nullish(), content: z.array(contentSchema).nullish() }))
    .nullish(),
  outputs: z.array(contentSchema).nullish(),
  errors: z.array(z.looseObject({ code: z.unknown(), message: z.string().nullish() })).nullish(),
  usage: z
    .looseObject({
      total_input_tokens: z.number().nullish(),
      total_cached_tokens: z.number().nullish(),
      total_output_tokens: z.number().nullish(),
      total_thought_tokens: z.number().nullish(),
    })
    .nullish(),
});
export type Interaction = z.output<typeof interactionSchema>;
