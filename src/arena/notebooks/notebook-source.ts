import { z } from 'zod';
import { invalid } from '../api-error.ts';

/** As the official client writes it: each cell's source is one text, and code cells have no outputs. */
const cellSchema = z.discriminatedUnion('cell_type', [
  z.object({
    cell_type: z.literal('code'),
    source: z.string(),
    outputs: z.array(z.unknown()).max(0).optional(),
  }),
  z.object({ cell_type: z.literal('markdown'), source: z.string() }),
  z.object({ cell_type: z.literal('raw'), source: z.string() }),
]);

const notebookSchema = z.object({
  cells: z.array(cellSchema),
  nbformat: z.literal(4),
  nbformat_minor: z.number(),
});

/**
 * The Python program that a pushed text is.
 * @throws ApiError 400 for a notebook that is none
 */
export function programOf(kernelType: 'script' | 'notebook', text: string): string {
  if (kernelType === 'script') return text;
  const parsed = notebookSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`Invalid notebook: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}`);
  }
  const cells = parsed.data.cells.filter(({ cell_type: type }) => type === 'code');
  return `${cells.map(({ source }) => withoutMagics(source)).join('\n\n')}\n`;
}

/** Shell commands and magics of IPython mean nothing to plain Python; the arena leaves them out and says so. */
function withoutMagics(source: string): string {
  return source
    .split('\n')
    .map((line) => {
      const magic = /^(\s*)(![^=]|%{1,2}[a-z])/i.exec(line);
      if (magic === null) return line;
      return `${magic[1] ?? ''}print(${JSON.stringify(`The practice arena leaves out: ${line.trim()}`)})`;
    })
    .join('\n');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
