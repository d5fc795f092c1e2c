import { cleanLine } from '../../../domain/outside-text.ts';
import type { GeneratedCode } from '../contract.ts';
import { requirementsProblem } from '../gate/requirements-check.ts';
import { applyEdits } from './apply-edits.ts';
import { readAnswer } from './read-answer.ts';

/** What edits apply to, and what is kept where the answer says nothing of a file; null for a draft. */
export type Before = { script: string; requirements: string } | null;

export type Taken =
  | { ok: true; code: GeneratedCode }
  /** `wantsWhole`: edits did not apply, so the whole file is asked for. */
  | { ok: false; faults: string[]; wantsWhole: boolean };

const mostNotes = 4;
const longestNote = 300;
const longestScript = 200_000;

/** Makes the two files of a node out of an answer, or says what is wrong with it. Nothing of it is run. */
export function takeFiles(answer: string, before: Before): Taken {
  const { blocks, prose, faults } = readAnswer(answer);
  const script = blocks.find(({ name }) => name === 'train.py');
  const listed = blocks.find(({ name }) => name === 'requirements.txt');
  if (faults.length > 0) return { ok: false, faults, wantsWhole: false };
  if (script === undefined) {
    return { ok: false, faults: ['There is no fenced block for train.py.'], wantsWhole: false };
  }
  const isEdit = script.isEdit || script.text.includes('<<<<<<< SEARCH\n');
  let text = script.text;
  if (isEdit) {
    if (before === null)
      return { ok: false, faults: ['There is no train.py yet to edit.'], wantsWhole: true };
    const edited = applyEdits(before.script, script.text);
    if (edited.faults.length > 0) return { ok: false, faults: edited.faults, wantsWhole: true };
    text = edited.text;
  }
  const requirements = listed?.text.trim() ?? before?.requirements ?? null;
  const wrong = judge(text, requirements);
  if (wrong.length > 0 || requirements === null) return { ok: false, faults: wrong, wantsWhole: false };
  return {
    ok: true,
    code: { script: text, requirements: `${requirements.trim()}\n`, notes: notesOf(prose) },
  };
}

function judge(script: string, requirements: string | null): string[] {
  if (script.length > longestScript) return [`train.py is longer than ${longestScript} characters.`];
  if (requirements === null) return ['There is no fenced block for requirements.txt.'];
  const problem = requirementsProblem(requirements);
  return problem === null ? [] : [problem];
}

/** What the model says of its script, for people: plain sentences. */
function notesOf(prose: string): string[] {
  return prose
    .split(/\n+|(?<=[.!?])\s+(?=\p{Lu})/u)
    .map((line) => cleanLine(line.replace(/^[\s>*#-]+/, ''), longestNote))
    .filter((line) => /\p{L}{3}/u.test(line) && !/\.(?:py|txt)\W*$/.test(line))
    .slice(0, mostNotes);
}
