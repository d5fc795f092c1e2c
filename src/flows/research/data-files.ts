import { BusinessFailure } from '../../domain/errors.ts';
import type { LocalFile } from '../../providers/kaggle/contract.ts';

/** The three files that a tabular competition consists of. */
export type DataFiles = { train: LocalFile; test: LocalFile; sample: LocalFile };

const patterns = {
  train: [/^train\.csv$/i, /^train(ing)?[^/]*\.csv$/i],
  test: [/^test\.csv$/i, /^test[^/]*\.csv$/i],
  sample: [/^sample_?submission\.csv$/i, /sample.*submission[^/]*\.csv$/i, /submission[^/]*\.csv$/i],
} as const;

function baseName(file: LocalFile): string {
  return file.name.split('/').at(-1) ?? file.name;
}

function pick(slug: string, files: readonly LocalFile[], role: keyof typeof patterns): LocalFile {
  for (const pattern of patterns[role]) {
    const matches = files.filter((file) => pattern.test(baseName(file)));
    const [first] = matches.toSorted((a, b) => a.name.length - b.name.length);
    if (first !== undefined) return first;
  }
  const names = files.map((file) => file.name).slice(0, 10);
  throw new BusinessFailure(
    `${slug} has no ${role === 'sample' ? 'sample submission' : `${role}.csv`} among its files (${names.join(', ')}), so the agent cannot work on it.`,
    { code: 'data.file_missing', details: { role, files: names } },
  );
}

/** Finds train, test and sample submission by their names. @throws BusinessFailure `data.file_missing` */
export function findDataFiles(slug: string, files: readonly LocalFile[]): DataFiles {
  return {
    train: pick(slug, files, 'train'),
    test: pick(slug, files, 'test'),
    sample: pick(slug, files, 'sample'),
  };
}
