import { z } from 'zod';
import { refuse } from './api-error.ts';
import type { SlackContext } from './context.ts';
import type { Tier } from './rate-limits.ts';

export type Arguments = Readonly<Record<string, unknown>>;
export type Answer = Record<string, unknown>;

/** A method of the Web API: who may call it how often, and what it does. */
export type Method = {
  tier: Tier;
  token: 'bot' | 'app' | 'either';
  /** One of these is needed; none for no scope. */
  scopes: readonly string[];
  /** @throws SlackApiError */
  call(ctx: SlackContext, args: Arguments): Promise<Answer>;
};

export type MethodTable = Readonly<Record<string, Method>>;

type Definition<S extends z.ZodType> = {
  tier: Tier;
  token?: 'app' | 'either';
  scopes?: readonly string[];
  args: S;
  run(ctx: SlackContext, args: z.output<S>): Answer | Promise<Answer>;
};

export function defineMethod<S extends z.ZodType>(definition: Definition<S>): Method {
  const { tier, token = 'bot', scopes = [], args: schema, run } = definition;
  return {
    tier,
    token,
    scopes,
    async call(ctx, args) {
      const parsed = schema.safeParse(args);
      if (parsed.success) return run(ctx, parsed.data);
      throw refuse('invalid_arguments', parsed.error.issues.map(describe));
    },
  };
}

function describe(issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? '');
  const isMissing = issue.code === 'invalid_type' && issue.message.includes('undefined');
  return isMissing
    ? `[ERROR] missing required field: ${name}`
    : `[ERROR] ${issue.message} [json-pointer:/${name}]`;
}

/** Forms carry text alone; these read what was meant. */
export const flag = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean().default(false),
);
export const count = z.coerce.number().int().min(1).max(1000);
/** Blocks, views and metadata: JSON text or the value itself; whoever reads it checks it. */
export const json = z.unknown().optional();
export const optionalText = z.string().optional();
export const page = { limit: count.optional(), cursor: optionalText };

/**
 * One page of a list; the cursor is the place where the next one begins.
 * @returns the items and Slack's `response_metadata`
 */
export function paginate<T>(
  items: readonly T[],
  { limit = 100, cursor = '' }: { limit?: number | undefined; cursor?: string | undefined },
): { items: T[]; metadata: { next_cursor: string } } {
  const text = Buffer.from(cursor, 'base64url').toString();
  const start = cursor === '' ? 0 : Number(text.replace('next:', ''));
  if (!Number.isInteger(start)) throw refuse('invalid_cursor', []);
  const end = start + limit;
  const next = end < items.length ? Buffer.from(`next:${end}`).toString('base64url') : '';
  return { items: items.slice(start, end), metadata: { next_cursor: next } };
}
