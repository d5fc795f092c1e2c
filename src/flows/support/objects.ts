import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Context } from '../../context.ts';
import { readTable, type Table } from './csv.ts';

/** Reads a whole object; for objects that are known to be small. */
export async function readObject(ctx: Pick<Context, 'objects'>, key: string): Promise<Buffer> {
  const stream: Readable = await ctx.objects.get(key);
  return await buffer(stream);
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
