import { cleanLine, cleanText, soundsLikeOrder } from '../../domain/outside-text.ts';
import type { ResearchReport } from '../../domain/research.ts';
import type { LanguageModel } from '../llm/contract.ts';
import { competitionPrefix } from '../prompts/competition-prefix.ts';
import { planSchema, settlePlan } from './claude-planner-form.ts';
import { planTask, type Vocabulary } from './claude-planner-task.ts';
import type { ResearchProvider, ResearchRequest } from './contract.ts';

export type ClaudePlannerOptions = {
  model: LanguageModel;
  vocabulary: Vocabulary;
  /** Names that a plan may ask for. */
  allowedPackages: ReadonlySet<string>;
};

const maxTokens = 16_000;
const mostFindings = 12;

/**
 * A language model that plans: proposals for a step of the search from what was tried, and, where no research service
 * reported, proposals and findings from what it knows by itself, which is what their source is called. It sees
 * cross-validated scores only.
 */
export function createClaudePlanner(options: ClaudePlannerOptions): ResearchProvider {
  return {
    name: `${options.model.name}-planner`,
    canAnswer: ({ kind, step }) => kind !== 'discussion' && (kind !== 'step' || step !== undefined),
    research: (request, { signal, queryId }) => plan(options, request, queryId ?? null, signal),
  };
}

async function plan(
  { model, vocabulary, allowedPackages }: ClaudePlannerOptions,
  request: ResearchRequest,
  queryId: string | null,
  signal: AbortSignal,
): Promise<ResearchReport> {
  const { step, kind, competitionId = null, round } = request;
  const answer = await model.decide(
    {
      schema: planSchema,
      purpose: {
        step: 'plan',
        competitionId,
        approachId: null,
        key: `plan:${queryId ?? `${competitionId ?? 'none'}:${round}:${kind}`}`,
      },
      role: 'strong',
      maxTokens,
      system: competitionPrefix(request),
      messages: [{ role: 'user', text: planTask(request, vocabulary) }],
    },
    { signal },
  );
  const names = (step?.parents ?? []).map(({ approach }) => approach.name);
  const isStep = names.length > 0;
  const source = {
    title: isStep
      ? `Planned by ${answer.model} from the results of ${names.join(' and ')}`
      : `What ${answer.model} knows by itself, not looked up`,
  };
  const approaches =
    kind === 'validation-pitfalls'
      ? []
      : settlePlan(answer.value, {
          basedOn: names,
          allowedPackages,
          mostMinutes: Math.max(1, request.timeBudgetSeconds / 60),
          source,
        });
  const { summary, challenges, findings } = answer.value;
  const claims = [...challenges.map((claim) => ({ claim, certainty: 'medium' })), ...findings].flatMap(
    ({ claim, certainty }) => {
      const text = cleanLine(claim, 500);
      return text === '' || soundsLikeOrder(text)
        ? []
        : [{ claim: `${text} (${certainty} certainty)`, source: source.title }];
    },
  );
  return {
    provider: `${model.name}-planner`,
    summary: soundsLikeOrder(summary) ? '' : cleanText(summary, 1_500),
    findings: claims.slice(0, mostFindings),
    approaches,
    citations: [source],
  };
}
