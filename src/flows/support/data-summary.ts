import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { DataSummary } from '../../providers/kaggle/contract.ts';

/**
 * The numbers of a competition's data in all, for those that have more files than are worth listing.
 * @returns null where the vendor does not tell: then the files that were listed have to do
 * @throws TransientFailure `kaggle.*`
 */
export async function findDataSummary(
  { kaggle, signal, log }: Pick<Context, 'kaggle' | 'signal' | 'log'>,
  slug: string,
): Promise<DataSummary | null> {
  try {
    return await kaggle.dataSummary(slug, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const failure = asFailure(error);
    if (failure.kind === 'transient') throw failure;
    log.info({ competition: slug, code: failure.code }, 'no summary of the data files');
    return null;
  }
}
