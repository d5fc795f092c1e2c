import { createHash } from 'node:crypto';
import { z } from 'zod';
import { metricSpec } from '../../domain/metrics/catalog.ts';
import { cleanText, fenced, fenceRule, soundsLikeOrder } from '../../domain/outside-text.ts';
import {
  classifyFailure,
  type FailureClass,
  failureAdvice,
  failureClasses,
} from '../../domain/script-failure.ts';
import type { LanguageModel } from '../llm/contract.ts';
import { cell } from '../prompts/bounded.ts';
import { cleanOutput, headAndTail } from '../prompts/exec-feedback.ts';
import type { NodeStory, NodeSummary, Summariser } from './contract.ts';

const maxTokens = 2_000;
const longestTaught = 600;

const rules = `You sum up runs of an agent that enters Kaggle competitions, for its own memory. ${fenceRule}`;
const classes = failureClasses.map((name) => `- ${name}: ${failureAdvice[name]}`).join('\n');

const classSchema = z.object({
  failureClass: z.enum(failureClasses),
  reason: z.string().describe('One sentence.'),
});
const taughtSchema = z.object({
  taught: z
    .string()
    .describe('At most three sentences: what this run teaches about the problem, with its numbers.'),
});

type Failed = { reason: string; output: string };
type Whose = { competitionId?: string | undefined; approachId?: string | undefined };

/**
 * What runs teach, and what kind of fault ended one where patterns do not say, by the cheap model. Patterns are asked
 * first: most failures need no model.
 */
export function createClaudeSummary({ model }: { model: LanguageModel }): Summariser & {
  classify(failure: Failed, whose: Whose, options: { signal: AbortSignal }): Promise<FailureClass>;
} {
  const classify = async (failure: Failed, whose: Whose, { signal }: { signal: AbortSignal }) => {
    const known = classifyFailure(failure);
    if (known !== 'unknown') return known;
    try {
      const { value } = await model.decide(
        {
          schema: classSchema,
          purpose: purposeOf(whose, 'class', `${failure.reason}\n${failure.output}`),
          role: 'cheap',
          maxTokens,
          system: [{ text: `${rules}\n\nClasses of faults:\n${classes}`, cacheUpToHere: true }],
          messages: [{ role: 'user', text: `Which class of fault ended this script?\n${told(failure)}` }],
        },
        { signal },
      );
      return value.failureClass;
    } catch {
      // A class is a help, no need: whoever mends it sees the output itself.
      signal.throwIfAborted();
      return 'unknown';
    }
  };

  async function summarise(story: NodeStory, { signal }: { signal: AbortSignal }): Promise<NodeSummary> {
    const { competitionId, approachId, failure } = story;
    const whose = { competitionId: competitionId ?? undefined, approachId: approachId ?? undefined };
    const failureClass = failure === null ? null : await classify(failure, whose, { signal });
    const { value } = await model.decide(
      {
        schema: taughtSchema,
        purpose: purposeOf(whose, 'taught', JSON.stringify(story)),
        role: 'cheap',
        maxTokens,
        system: [{ text: rules, cacheUpToHere: true }],
        messages: [{ role: 'user', text: storyText(story) }],
      },
      { signal },
    );
    const taught = cleanText(value.taught, longestTaught);
    return { taught: soundsLikeOrder(taught) ? '' : firstSentences(taught), failureClass };
  }

  return { classify, summarise };
}

function purposeOf({ competitionId, approachId }: Whose, what: string, about: string) {
  const sha = createHash('sha256').update(about).digest('hex').slice(0, 16);
  return {
    step: 'summarise' as const,
    competitionId: competitionId ?? null,
    approachId: approachId ?? null,
    key: `${what}:${approachId ?? competitionId ?? 'none'}:${sha}`,
  };
}

function told({ reason, output }: Failed): string {
  return fenced(
    'what the host and the script said',
    `${cell(reason, 600)}\n${headAndTail(cleanOutput(output))}`,
  );
}

function storyText({ problem, name, change, operator, cv, se, parents, failure }: NodeStory): string {
  const from = parents.map(
    (parent) => `${parent.name} (${parent.cv === null ? 'failed' : parent.cv.toPrecision(6)})`,
  );
  const score =
    cv === null
      ? 'It failed.'
      : `It scored ${cv.toPrecision(6)}${se === null ? '' : ` ± ${se.toPrecision(2)}`} by cross-validation.`;
  return [
    `Sum up what this run taught. The metric is ${problem.metric}, to ${metricSpec(problem.metric).direction}; a difference within one standard error teaches nothing.`,
    fenced(
      'the run',
      `${cell(problem.title, 200)}\n${name}, ${operator}${from.length === 0 ? '' : ` from ${from.join(' and ')}`}: ${cell(change, 500)}`,
    ),
    score,
    failure === null ? '' : told(failure),
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

const mostSentences = 3;

function firstSentences(text: string): string {
  return text
    .split(/(?<=[.!?])\s+(?=\p{Lu})/u)
    .slice(0, mostSentences)
    .join(' ');
}
