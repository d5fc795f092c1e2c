import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { BusinessFailure } from '../../domain/errors.ts';
import type { NotebookParts } from './contract.ts';

/** Kaggle's editor refuses notebooks beyond 1 MB; the rest of the text needs some room too. */
const maxNotebookBytes = 1_000_000;
const maxFoldCharacters = 400_000;
const base36 = 36;

type Cell = { kind: 'markdown' | 'code'; source: string };

/**
 * The notebook: what it is, its settings, the scripts, the kit that runs them (`kit.py` beside this file), and the
 * call. Each cell's source is one string and no output is kept, as Kaggle takes them.
 * Source: nbformat 4 (Jupyter's notebook format); Kaggle/kaggle-cli `kernels_push`.
 * @throws BusinessFailure `notebook.too_large`
 */
export async function buildNotebook(parts: NotebookParts): Promise<string> {
  const kit = await readFile(new URL('./kit.py', import.meta.url), 'utf8');
  const text = writeCells([
    { kind: 'markdown', source: introductionOf(parts) },
    { kind: 'code', source: kit.trimEnd() },
    { kind: 'code', source: scriptsOf(parts) },
    { kind: 'code', source: `SETTINGS = json.loads(\n    ${pythonText(settingsOf(parts))}\n)` },
    { kind: 'code', source: 'main(SETTINGS)' },
  ]);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= maxNotebookBytes) return text;
  throw new BusinessFailure(
    `The notebook of ${parts.competition} would be ${Math.ceil(sizeBytes / 1000)} kB, and Kaggle takes 1,000 kB: its scripts are too long.`,
    { code: 'notebook.too_large', details: { sizeBytes } },
  );
}

function writeCells(cells: readonly Cell[]): string {
  const notebook = {
    cells: cells.map(({ kind, source }) =>
      kind === 'markdown'
        ? { cell_type: kind, metadata: {}, source }
        : { cell_type: kind, execution_count: null, metadata: {}, outputs: [], source },
    ),
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' },
    },
    nbformat: 4,
    nbformat_minor: 4,
  };
  return JSON.stringify(notebook);
}

const stageWords = {
  whole: 'It fits on all labelled rows and predicts the test that is mounted when it runs.',
  model: 'It fits on all labelled rows and keeps the models; another notebook predicts with them.',
  inference: 'It predicts the test that is mounted when it runs, with the models of the attached notebook.',
} as const;

function introductionOf({ title, competition, stage, members }: NotebookParts): string {
  const blend = members.map(({ name, weight }) => `- ${name}, weight ${weight}`).join('\n');
  return `# ${title}\n\nWritten by Kaggle Agent for ${competition}. ${stageWords[stage]}\n\n${blend}`;
}

/** The scripts line by line, so that people can read them here. */
function scriptsOf({ members }: NotebookParts): string {
  const entries = members.map(({ name, script }) => {
    const lines = script.split('\n').map((line) => `            ${pythonText(line)},\n`);
    return `    ${pythonText(name)}: "\\n".join(\n        [\n${lines.join('')}        ]\n    ),\n`;
  });
  return `SCRIPTS = {\n${entries.join('')}}`;
}

function settingsOf(parts: NotebookParts): string {
  const { title, members, folds, ...rest } = parts;
  return JSON.stringify({
    ...rest,
    members: members.map(({ script: _, ...member }) => member),
    folds: packFolds(folds),
  });
}

/** A digit a row, compressed; null where that is too long for a notebook. */
function packFolds(folds: NotebookParts['folds']): string | null {
  if (folds === null || folds.some((fold) => fold < 0 || fold >= base36)) return null;
  const digits = folds.map((fold) => fold.toString(base36)).join('');
  const packed = deflateSync(digits, { level: 9 }).toString('base64');
  return packed.length <= maxFoldCharacters ? packed : null;
}

/** JSON's texts are Python's too, but for the halves of a pair, which JSON writes as they are and Python cannot keep. */
function pythonText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
