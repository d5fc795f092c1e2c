import { z } from 'zod';
import { invalid } from '../api-error.ts';
import type { Blob } from '../blobs.ts';
import type { ArenaContext } from '../context.ts';
import type { WireObject } from '../wire.ts';

/** What a method answers; the door turns it into HTTP. */
export type Answer =
  | { kind: 'json'; body: WireObject }
  | { kind: 'redirect'; location: string }
  | { kind: 'blob'; blob: Blob }
  | { kind: 'bytes'; bytes: Buffer; contentType: string; fileName: string };

/** One method of an RPC service. `body` is the parsed JSON of the request. */
export type Method = (ctx: ArenaContext, body: unknown) => Answer | Promise<Answer>;

export type Service = Readonly<Record<string, Method>>;

export const json = (body: WireObject): Answer => ({ kind: 'json', body });

/**
 * Reads a request. Unknown fields are ignored, snake_case ones among them, as at the vendor.
 * @throws ApiError 400
 */
export function readRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`Invalid value at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'unknown'}`);
}

/** A field that a caller may leave out, which then has its default value. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

export const competitionRequest = z.object({ competitionName: optionalText });
