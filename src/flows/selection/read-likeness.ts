import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { likenessOf } from '../../domain/likeness.ts';
import type { Selectable } from '../submission/final-place.ts';
import { readCsv } from '../support/csv.ts';

type LikenessContext = Pick<Context, 'objects' | 'log'>;
type Columns = string[][];

/** More rows change no rank correlation that anybody would act on. */
const mostRows = 50_000;
/** More candidates are as good as each other, and each is a whole file. */
const mostCandidates = 8;

/**
 * How alike the candidates' predictions are to those of the first, by key, from the files as they were handed in.
 * A file that cannot be read is left out.
 */
export async function readLikeness(
  ctx: LikenessContext,
  first: Selectable,
  candidates: readonly Selectable[],
): Promise<Map<string, number>> {
  const likeness = new Map<string, number>();
  const own = candidates.length === 0 ? null : await readColumns(ctx, first);
  if (own === null) return likeness;
  for (const candidate of candidates.slice(-mostCandidates)) {
    const columns = await readColumns(ctx, candidate);
    const value = columns === null ? null : likenessOf(own, columns);
    if (value !== null) likeness.set(candidate.key, value);
  }
  return likeness;
}

/** The predictions of a file, without its ids: all rows, or of a long file every second, fourth, eighth … */
async function readColumns(ctx: LikenessContext, { key, objectKey }: Selectable): Promise<Columns | null> {
  try {
    let rows: string[][] = [];
    let stride = 1;
    let index = 0;
    await readCsv(key, await ctx.objects.get(objectKey), {
      onHeader: () => undefined,
      onRow: (cells) => {
        if (index % stride === 0) rows.push(cells.slice(1));
        index += 1;
        if (rows.length <= mostRows) return;
        rows = rows.filter((_, place) => place % 2 === 0);
        stride *= 2;
      },
    });
    const width = rows[0]?.length ?? 0;
    return Array.from({ length: width }, (_, column) => rows.map((cells) => cells[column] ?? ''));
  } catch (error) {
    ctx.log.warn({ err: asFailure(error), key }, 'a submission could not be compared with the others');
    return null;
  }
}
