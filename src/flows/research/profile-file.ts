import { createReadStream } from 'node:fs';
import { BusinessFailure } from '../../domain/errors.ts';
import type { FileProfile } from '../../domain/profile.ts';
import { readCsv } from '../support/csv.ts';
import { type ColumnSketch, createColumnSketch } from './column-sketch.ts';

/**
 * Profiles a CSV file in one pass; memory does not grow with the file.
 * @throws BusinessFailure `csv.malformed`, `csv.empty`, `data.no_rows`, `data.duplicate_columns`
 */
export async function profileFile(
  file: { name: string; path: string; sizeBytes: number },
  options: { signal: AbortSignal },
): Promise<FileProfile> {
  let columns: string[] = [];
  let sketches: ColumnSketch[] = [];
  const rows = await readCsv(file.name, createReadStream(file.path, { signal: options.signal }), {
    onHeader: (header) => {
      columns = header;
      sketches = header.map(() => createColumnSketch());
    },
    onRow: (cells) => {
      for (const [index, sketch] of sketches.entries()) sketch.add(cells[index] ?? '');
    },
  });
  if (rows === 0) {
    throw new BusinessFailure(
      `${file.name} has a header but no rows, so there is nothing to learn or predict.`,
      {
        code: 'data.no_rows',
        details: { file: file.name },
      },
    );
  }
  const duplicate = columns.find((column, index) => columns.indexOf(column) !== index);
  if (duplicate !== undefined) {
    throw new BusinessFailure(`${file.name} has two columns named ${duplicate}, so neither can be trusted.`, {
      code: 'data.duplicate_columns',
      details: { file: file.name, column: duplicate },
    });
  }
  return {
    name: file.name,
    sizeBytes: file.sizeBytes,
    rows,
    columns: sketches.map((sketch, index) => sketch.finish(columns[index] ?? '', rows, index)),
  };
}
