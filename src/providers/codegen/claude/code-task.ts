import type { FailureClass } from '../../../domain/script-failure.ts';
import type { Ablation, Complexity, ParentNode } from '../../../domain/search/step.ts';
import { bounded, cell, exactly, joined, section } from '../../prompts/bounded.ts';
import { execFeedback } from '../../prompts/exec-feedback.ts';
import { chainCard, historyCard, siblingsCard } from '../../prompts/history-card.ts';
import { humanCard, lessonsCard, planCard } from '../../prompts/notes-cards.ts';
import type { CodeRequest } from '../contract.ts';

const wholeForm = `Answer with at most five sentences on what you did and why, and then with two fenced blocks and nothing after:
\`\`\`python train.py
the whole file
\`\`\`
\`\`\`text requirements.txt
one package a line with its versions, e.g. pandas>=2.0
\`\`\``;

const editForm = `Answer with at most five sentences on what you change and why. Then, where the change is small, give edits:
\`\`\`edit train.py
<<<<<<< SEARCH
exact lines of the file, enough of them to stand in it only once
=======
what replaces them
>>>>>>> REPLACE
\`\`\`
with as many SEARCH/REPLACE parts in the one block as are needed; else the whole file in a block that begins with \
\`\`\`python train.py. Give a block \`\`\`text requirements.txt only where it changes. Nothing comes after the blocks.`;

const complexityCues: Readonly<Record<Complexity, string>> = {
  simple: 'Keep it simple: one model, few features, no tuning. It must run at the first try.',
  normal: 'Be moderately elaborate: good features and a sound model, still no search for hyper-parameters.',
  complex:
    'Be as elaborate as it helps: the simple ways were tried. Several models, richer features or a better loss, within the time.',
};

/** The last message of a call for code: what is wanted now, and everything that changes from call to call. */
export function codeTask(request: CodeRequest, found?: FailureClass): string {
  const { step } = request;
  const [parent, other] = step?.parents ?? [];
  if (step?.operator === 'debug' && parent !== undefined) return debugTask(request, parent, found);
  if (step?.operator === 'improve' && parent !== undefined) return improveTask(request, parent);
  if (step?.operator === 'merge' && parent !== undefined && other !== undefined) {
    return mergeTask(request, parent, other);
  }
  return draftTask(request);
}

function draftTask(request: CodeRequest): string {
  return joined(
    '# Your task: a draft\nWrite train.py from nothing for the plan below. No ensemble of different scripts, no look at the data, no search for hyper-parameters.',
    complexityCues[request.step?.complexity ?? 'simple'],
    planCard(request.approach),
    around(request),
    siblingsCard((request.memory ?? []).filter(({ operator }) => operator === 'draft')),
    wholeForm,
  );
}

function improveTask(request: CodeRequest, parent: ParentNode): string {
  const { target, complexity = 'simple' } = request.step ?? {};
  const aim =
    target === undefined
      ? ''
      : `Aim the change at the part ${cell(target, 80)}: the host measured what it is worth, below.`;
  return joined(
    '# Your task: an improvement\nMake exactly one change to the script below, the one of the plan, so that its effect can be measured. Everything else stays as it is: folds, other features, other models, outputs.',
    [aim, complexityCues[complexity]].filter((line) => line !== '').join('\n'),
    planCard(request.approach),
    section('The script to change', shown(parent)),
    ablationCard(parent.ablations),
    around(request),
    siblingsCard(siblingsOf(request, [parent])),
    editForm,
  );
}

function debugTask(request: CodeRequest, parent: ParentNode, found?: FailureClass): string {
  const { script, failure } = parent;
  if (script === null) return draftTask(request);
  return joined(
    '# Your task: mend a script\nThe script below failed. Find the cause and mend it with the smallest change that keeps its plan; change nothing that works, and swallow no error. Do not go back to a fix that was tried before.',
    planCard(request.approach),
    section('The script that failed', shown(parent)),
    failure === null ? '' : execFeedback(failure, script, found),
    chainCard((request.memory ?? []).filter(({ name }) => name !== parent.approach.name)),
    humanCard(request.advice ?? []),
    editForm,
  );
}

function mergeTask(request: CodeRequest, first: ParentNode, second: ParentNode): string {
  return joined(
    '# Your task: a merge\nWrite one train.py that joins the two solutions below: take over what makes each of them good, and blend their predictions with weights that are chosen on out-of-fold predictions. It has to fit the time of one run.',
    complexityCues[request.step?.complexity ?? 'normal'],
    planCard(request.approach),
    section(`The first: ${first.approach.name}`, shown(first)),
    ablationCard(first.ablations),
    section(`The second: ${second.approach.name}`, shown(second)),
    ablationCard(second.ablations),
    around(request),
    wholeForm,
  );
}

function around({ memory = [], lessons = [], advice = [], problem }: CodeRequest): string {
  return joined(historyCard(memory, problem.metric), lessonsCard(lessons), humanCard(advice));
}

const mostFolds = 10;

function shown({ script, requirements, cv, folds }: ParentNode): string {
  const score =
    cv === null
      ? ''
      : `Cross-validated score ${cv.toPrecision(6)}; by fold ${folds
          .slice(0, mostFolds)
          .map((fold) => fold.toPrecision(6))
          .join(', ')}.`;
  return joined(
    score,
    script === null ? 'Its script is not there any more.' : exactly('train.py', bounded(script, 120_000)),
    requirements === null || requirements.trim() === '' ? '' : exactly('requirements.txt', requirements),
  );
}

function ablationCard(ablations: readonly Ablation[]): string {
  const lines = ablations
    .slice(0, 12)
    .map(({ part, loss }) => `- without ${cell(part, 80)} it loses ${loss.toPrecision(3)}`);
  return section(
    'What its parts are worth, measured on a sample (positive: the part helps)',
    lines.join('\n'),
  );
}

/** What was made from the same parents before. */
export function siblingsOf(
  { memory = [], approach }: Pick<CodeRequest, 'memory' | 'approach'>,
  parents: readonly ParentNode[],
) {
  const names = new Set(parents.map((parent) => parent.approach.name));
  return memory.filter(
    (entry) => entry.name !== approach.name && entry.parents.some((name) => names.has(name)),
  );
}
