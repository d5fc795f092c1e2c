import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ConfigurationFailure } from '../domain/errors.ts';

const timing = { when: z.enum(['before', 'after']).optional() };

const actionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer'),
    status: z.number().int().min(200).max(599),
    message: z.string().optional(),
    shape: z.enum(['nested', 'flat', 'empty']).optional(),
    body: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    ...timing,
  }),
  z.strictObject({ kind: z.literal('hang'), ...timing }),
  z.strictObject({
    kind: z.literal('drop'),
    afterBytes: z.number().int().nonnegative().optional(),
    ...timing,
  }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().nonnegative().max(3_600_000), ...timing }),
]);

const rateSchema = z.strictObject({
  calls: z.number().int().positive(),
  windowSeconds: z.number().positive(),
  retryAfter: z.enum(['seconds', 'fraction', 'date', 'none']),
});

/** What `arena serve --faults` reads. The rules are those of faults.ts, written as JSON. */
const faultFileSchema = z.strictObject({
  /** Draws the lots of rules with a share. */
  seed: z.string().optional(),
  /** Every call takes at least this long. */
  latencyMs: z.number().nonnegative().max(3_600_000).optional(),
  rateLimit: rateSchema.optional(),
  downloadRateLimit: rateSchema.optional(),
  rules: z
    .array(
      z.strictObject({
        method: z.string().min(1),
        times: z.union([z.number().int().positive(), z.literal('always')]).optional(),
        skip: z.number().int().nonnegative().optional(),
        share: z.number().gt(0).max(1).optional(),
        action: actionSchema,
      }),
    )
    .default([]),
});

export type FaultFile = z.output<typeof faultFileSchema>;

/** @throws ConfigurationFailure `arena.bad_faults`: the file is not there, is no JSON, or says something unknown */
export async function readFaultFile(path: string): Promise<FaultFile> {
  const bad = (fault: string, cause: unknown) =>
    new ConfigurationFailure(
      `The file of faults ${path} cannot be used: ${fault}; see docs/how-to/arena.md.`,
      {
        code: 'arena.bad_faults',
        cause,
      },
    );
  const text = await readFile(resolve(path), 'utf8').catch((cause: unknown) => {
    throw bad('it cannot be read', cause);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw bad('it is no valid JSON', cause);
  }
  const parsed = faultFileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw bad(`${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'unknown'}`, parsed.error);
}
