import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../context.ts';
import { type ScriptContract, scriptContractSchema } from '../../domain/run-contract.ts';
import { foldsPrefix } from './object-keys.ts';
import { readObject } from './objects.ts';

/** The contract that a script under this assignment of folds reads. */
export async function readContract(
  ctx: Pick<Context, 'objects'>,
  slug: string,
  assignment: number | 'final',
): Promise<ScriptContract> {
  const body = await readObject(ctx, `${foldsPrefix(slug, assignment)}/contract.json`);
  return scriptContractSchema.parse(JSON.parse(body.toString('utf8')));
}

/** Names of the files that a script under this contract finds in its data folder. */
export function jobFileNames(contract: Pick<ScriptContract, 'hasGate'>): string[] {
  const always = ['train.csv', 'test.csv', 'sample_submission.csv', 'folds.csv', 'contract.json'];
  return contract.hasGate ? [...always, 'gate.csv'] : always;
}

/** Copies a script's data into a local folder. */
export async function copyJobData(
  ctx: Pick<Context, 'objects' | 'signal'>,
  slug: string,
  assignment: number | 'final',
  folder: string,
): Promise<ScriptContract> {
  const contract = await readContract(ctx, slug, assignment);
  await mkdir(folder, { recursive: true });
  for (const name of jobFileNames(contract)) {
    const source = await ctx.objects.get(`${foldsPrefix(slug, assignment)}/${name}`);
    await pipeline(source, createWriteStream(join(folder, name)), { signal: ctx.signal });
  }
  return contract;
}
