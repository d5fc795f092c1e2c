import { BusinessFailure } from '../../../domain/errors.ts';
import { classifyFailure, type FailureClass } from '../../../domain/script-failure.ts';
import type { LanguageModel, ModelMessage } from '../../llm/contract.ts';
import { competitionPrefix } from '../../prompts/competition-prefix.ts';
import type { CodeGenerator, CodeRequest, GeneratedCode } from '../contract.ts';
import { codeTask } from './code-task.ts';
import { type Before, takeFiles } from './take-files.ts';

export type ClaudeGeneratorOptions = {
  model: LanguageModel;
  /** Says what kind of fault it is where patterns do not; left out: unknown stays unknown. */
  classify?: (
    failure: { reason: string; output: string },
    request: CodeRequest,
    options: { signal: AbortSignal },
  ) => Promise<FailureClass>;
};

/** For thinking and answer together: a long script and its reasons. */
const maxTokens = 32_000;
const mostTries = 3;

/**
 * A language model that writes, improves, mends and merges training scripts. Its answers are text with one fenced block
 * a file, or exact replacements; they are parsed strictly and never run here.
 */
export function createClaudeGenerator(options: ClaudeGeneratorOptions): CodeGenerator {
  return {
    name: 'claude',
    canDebug: true,
    generate: (request, { signal }) => generate(options, request, signal),
  };
}

/** @throws BusinessFailure `codegen.no_code` after three unusable answers; what the model fails with */
async function generate(
  options: ClaudeGeneratorOptions,
  request: CodeRequest,
  signal: AbortSignal,
): Promise<GeneratedCode> {
  const { competitionId = null, approachId = null, approach, step } = request;
  const isDebug = step?.operator === 'debug';
  const found = isDebug ? await failureClass(options, request, signal) : undefined;
  const before = beforeOf(request);
  const system = competitionPrefix(request);
  const messages: ModelMessage[] = [{ role: 'user', text: codeTask(request, found) }];
  let faults: string[] = [];
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const answer = await options.model.write(
      {
        purpose: {
          step: isDebug ? 'debug' : 'code',
          competitionId,
          approachId,
          key: `code:${approachId ?? `${competitionId ?? 'none'}:${approach.name}`}:${tries}`,
        },
        role: 'strong',
        system,
        messages,
        maxTokens,
      },
      { signal },
    );
    const taken = takeFiles(answer.text, before);
    if (taken.ok) return taken.code;
    faults = taken.faults;
    messages.push({ role: 'assistant', text: answer.text.trim() === '' ? '(no text)' : answer.text });
    messages.push({ role: 'user', text: askAgain(taken.faults, taken.wantsWhole) });
  }
  throw new BusinessFailure(
    `The language model gave no usable script for ${approach.name} in ${mostTries} answers: ${faults[0] ?? ''}`.trim(),
    { code: 'codegen.no_code', details: { faults } },
  );
}

/** What edits apply to: the script that is improved or mended. A merge is written anew. */
function beforeOf({ step }: CodeRequest): Before {
  const [parent] = step?.parents ?? [];
  const isChange = step?.operator === 'improve' || step?.operator === 'debug';
  if (!isChange || parent === undefined || parent.script === null) return null;
  return { script: parent.script, requirements: parent.requirements ?? '' };
}

async function failureClass(
  { classify }: ClaudeGeneratorOptions,
  request: CodeRequest,
  signal: AbortSignal,
): Promise<FailureClass | undefined> {
  const failure = request.step?.parents[0]?.failure ?? null;
  if (failure === null) return undefined;
  const found = classifyFailure(failure);
  if (found !== 'unknown' || classify === undefined) return found;
  return await classify(failure, request, { signal });
}

const mostFaults = 6;

function askAgain(faults: readonly string[], wantsWhole: boolean): string {
  const list = faults.slice(0, mostFaults).map((fault) => `- ${fault}`);
  const form = wantsWhole
    ? 'Give the whole file now, no edits: a block that begins with ```python train.py, and one ```text requirements.txt.'
    : 'Give the whole answer again in the form that was asked for.';
  return `That answer cannot be used:\n${list.join('\n')}\n${form}`;
}
