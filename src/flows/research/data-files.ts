import { BusinessFailure } from '../../domain/errors.ts';
import { cleanLine } from '../../domain/outside-text.ts';
import type { LocalFile } from '../../providers/kaggle/contract.ts';

/** The three files that a tabular competition consists of. */
export type DataFiles<File = LocalFile> = { train: File; test: File; sample: File };

const longestShownName = 80;

const patterns = {
  train: [/^train\.csv$/i, /^train(ing)?[^/]*\.csv$/i],
  test: [/^test\.csv$/i, /^test[^/]*\.csv$/i],
  sample: [
    /^sample_?submission\.[ct]sv$/i,
    /sample.*submission[^/]*\.[ct]sv$/i,
    /submission[^/]*\.[ct]sv$/i,
    /^(?:sample|random|example)_?(?:entry|predictions?|solution)[^/]*\.[ct]sv$/i,
    /benchmark[^/]*\.[ct]sv$/i,
  ],
} as const;

type Named = { name: string };

function baseName(file: Named): string {
  return file.name.split('/').at(-1) ?? file.name;
}

/** Of `sample_submission_stage_1` and `_2` the later stage is the one that is still judged. */
function laterStage(a: Named, b: Named): number {
  return b.name.localeCompare(a.name, 'en', { numeric: true });
}

function pick<File extends Named>(slug: string, files: readonly File[], role: keyof typeof patterns): File {
  for (const pattern of patterns[role]) {
    const matches = files.filter((file) => pattern.test(baseName(file)));
    const [first] = matches.toSorted(
      (a, b) => a.name.length - b.name.length || (role === 'sample' ? laterStage(a, b) : 0),
    );
    if (first !== undefined) return first;
  }
  const names = files.slice(0, 10).map((file) => cleanLine(file.name, longestShownName));
  throw new BusinessFailure(
    `${slug} has no ${role === 'sample' ? 'sample submission' : `${role}.csv`} among its files (${names.join(', ')}), so the agent cannot work on it.`,
    { code: 'data.file_missing', details: { role, files: names } },
  );
}

/** Finds train, test and sample submission by their names. @throws BusinessFailure `data.file_missing` */
export function findDataFiles<File extends Named>(slug: string, files: readonly File[]): DataFiles<File> {
  return {
    train: pick(slug, files, 'train'),
    test: pick(slug, files, 'test'),
    sample: pick(slug, files, 'sample'),
  };
}
