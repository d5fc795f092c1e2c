/** The only files that an answer may hold: whatever else it names is refused, so no name becomes a path. */
const fileNames = ['train.py', 'requirements.txt'] as const;
type FileName = (typeof fileNames)[number];

export type AnswerBlock = { name: FileName; isEdit: boolean; text: string };
export type ReadAnswer = { blocks: AnswerBlock[]; prose: string; faults: string[] };

const longest: Readonly<Record<FileName, number>> = { 'train.py': 200_000, 'requirements.txt': 4_000 };
const longestAnswer = 600_000;

/**
 * The fenced blocks of an answer, each with the file that its first line names. Strict: a block of another name, two of
 * the same, a fence that is never closed, an empty or too long file, and control characters are faults.
 */
export function readAnswer(answer: string): ReadAnswer {
  const faults: string[] = [];
  if (answer.length > longestAnswer) return { blocks: [], prose: '', faults: ['The answer is too long.'] };
  const { fences, prose, isOpen } = splitFences(answer.replaceAll('\r\n', '\n'));
  if (isOpen) faults.push('The last code fence is never closed.');
  const blocks: AnswerBlock[] = [];
  for (const { info, before, text } of fences) {
    const named = nameOf(info, before);
    if (named === null) continue;
    if (named.name === null) {
      faults.push(
        `There is a block for ${JSON.stringify(named.asked.slice(0, 60))}; only ${fileNames.join(' and ')} are files here.`,
      );
      continue;
    }
    blocks.push({ name: named.name, isEdit: named.isEdit, text });
  }
  for (const name of fileNames) faults.push(...faultsOf(name, blocks));
  return { blocks, prose, faults };
}

type Fence = { info: string; before: string; text: string };

function splitFences(answer: string): { fences: Fence[]; prose: string; isOpen: boolean } {
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: { mark: string; info: string; lines: string[] } | null = null;
  for (const line of answer.split('\n')) {
    const mark = /^(`{3,}|~{3,})\s*([^`]*)$/.exec(line);
    if (open === null) {
      if (mark === null) prose.push(line);
      else open = { mark: mark[1] ?? '', info: (mark[2] ?? '').trim(), lines: [] };
      continue;
    }
    const isEnd = mark !== null && mark[2]?.trim() === '' && mark[1]?.startsWith(open.mark) === true;
    if (!isEnd) {
      open.lines.push(line);
      continue;
    }
    const before = prose.findLast((one) => one.trim() !== '') ?? '';
    fences.push({ info: open.info, before, text: `${open.lines.join('\n')}\n` });
    open = null;
  }
  return { fences, prose: prose.join('\n').trim(), isOpen: open !== null };
}

type Named = { name: FileName; isEdit: boolean } | { name: null; asked: string };

/** @returns null for a block that is no file, such as a table in the explanation */
function nameOf(info: string, before: string): Named | null {
  const words = info.split(/[\s:=]+/).map((word) => word.replaceAll(/^["'`]+|["'`]+$/g, ''));
  const asked = words.find((word) => /[./\\]/.test(word)) ?? titleBefore(before);
  const isEdit = words.includes('edit') || words.includes('diff');
  if (asked === null) {
    if (words[0] === 'python' || words[0] === 'py') return { name: 'train.py', isEdit };
    return null;
  }
  const name = fileNames.find((one) => one === asked);
  return name === undefined ? { name: null, asked } : { name, isEdit };
}

/** A line such as `**train.py**` or `### requirements.txt` right before a block names it. */
function titleBefore(line: string): string | null {
  return /^[\s#*`_-]*(?:file:?\s*)?([\w./\\-]+\.(?:py|txt))[\s*`_:]*$/i.exec(line)?.[1] ?? null;
}

function faultsOf(name: FileName, blocks: readonly AnswerBlock[]): string[] {
  const own = blocks.filter((block) => block.name === name);
  const faults: string[] = [];
  if (own.length > 1) faults.push(`There is more than one block for ${name}.`);
  for (const { text } of own) {
    if (text.trim() === '' && name === 'train.py') faults.push(`${name} is empty.`);
    if (text.length > longest[name]) faults.push(`${name} is longer than ${longest[name]} characters.`);
    if ([...text].some((character) => isControl(character))) faults.push(`${name} holds control characters.`);
  }
  return faults;
}

function isControl(character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  return (point < 32 && character !== '\n' && character !== '\t') || point === 127;
}
