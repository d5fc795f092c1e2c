import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Context } from '../../context.ts';
import { readTable, type Table } from './csv.ts';

/** A link that a machine writes by may not limit the size everywhere, so it is looked at before reading. */
const maxJsonBytes = 1024 * 1024;

/** Reads a whole object; for objects that are known to be small. */
export async function readObject(ctx: Pick<Context, 'objects'>, key: string): Promise<Buffer> {
  const stream: Readable = await ctx.objects.get(key);
  return await buffer(stream);
}

/**
 * What a machine wrote as JSON, to be checked by a schema; null where it is none or far too large, which no schema
 * takes.
 */
export async function readObjectJson(ctx: Pick<Context, 'objects'>, key: string): Promise<unknown> {
  const info = await ctx.objects.head(key);
  if (info !== null && info.sizeBytes > maxJsonBytes) return null;
  const body = await readObject(ctx, key);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

/** A whole text; its size is bounded by the link that it was written by. */
export async function readObjectText(ctx: Pick<Context, 'objects'>, key: string): Promise<string> {
  return (await readObject(ctx, key)).toString('utf8');
}

export async function readObjectTable(
  ctx: Pick<Context, 'objects'>,
  key: string,
  name: string,
): Promise<Table> {
  return await readTable(name, await ctx.objects.get(key));
}

export function sha256Of(body: Buffer | string): string {
  return createHash('sha256').update(body).digest('hex');
}
