import type { QueryKind } from '../../domain/research.ts';
import type { ParentNode } from '../../domain/search/step.ts';
import { bounded, cell, exactly, joined, section } from '../prompts/bounded.ts';
import { historyCard, siblingsCard } from '../prompts/history-card.ts';
import { humanCard, lessonsCard, planCard } from '../prompts/notes-cards.ts';
import type { ResearchRequest } from './contract.ts';

const longestScript = 60_000;

/** Names that the generator which needs no model can build; a plan in these words can be built even without one. */
export type Vocabulary = { features: readonly string[]; models: readonly string[] };

/** What is asked of its own knowledge where nobody looked on the web. */
const wanted: Readonly<Record<Exclude<QueryKind, 'step' | 'discussion'>, string>> = {
  'similar-solutions':
    'Recall past competitions like this one and what won them, and propose distinct solutions of different model families.',
  features:
    'Think about which features are worth making from these columns, and propose solutions that use them.',
  'validation-pitfalls':
    'List what makes validation lie for such data. Propose nothing: leave the candidates empty.',
  'models-for-metric':
    'Think about which models, losses and post-processing suit this metric, size and kind of data, and propose solutions.',
};

/** The last message of a call for a plan. */
export function planTask(request: ResearchRequest, vocabulary: Vocabulary): string {
  const { step, memory = [], lessons = [], problem } = request;
  // Research has them oldest first.
  const advice = (request.advice ?? []).toReversed();
  return joined(
    step === undefined ? draftsWanted(request) : stepWanted(request),
    ...(step?.parents ?? []).map((parent, place) => parentCard(parent, place, step?.operator === 'merge')),
    historyCard(memory, problem.metric),
    siblingsCard(siblingsOf(request)),
    lessonsCard(lessons),
    humanCard(advice),
    words(vocabulary),
    'Score every candidate honestly by its five scales: they decide which one is built. Each must differ from everything that was tried, in substance and not in words.',
  );
}

function draftsWanted({ kind, maxApproaches }: ResearchRequest): string {
  const what = kind === 'step' || kind === 'discussion' ? wanted['similar-solutions'] : wanted[kind];
  return `# Your task: plans\n${what} You have no web here: say only what you know, and say how certain it is. At most ${Math.max(3, maxApproaches)} candidates, each a complete solution.`;
}

function stepWanted({ step }: ResearchRequest): string {
  const names = (step?.parents ?? []).map(({ approach }) => approach.name);
  if (step?.operator === 'merge') {
    return `# Your task: plan a merge\nPropose ways to join ${names.join(' and ')} into one solution that is better than both: what of each to keep, and how their predictions are combined.`;
  }
  const aim =
    step?.target === undefined
      ? ''
      : ` Aim each at the part ${cell(step.target, 80)}, which an ablation shows to matter most.`;
  const cue =
    step?.complexity === 'complex'
      ? ' The simple changes were tried: be bold.'
      : step?.complexity === 'normal'
        ? ''
        : ' Simple changes first.';
  return `# Your task: plan an improvement\nName what holds ${names[0] ?? 'the solution'} back, and propose changes to it. Each candidate makes exactly one change, so that its effect can be measured; its features and models are those of the whole solution after the change.${aim}${cue}`;
}

function parentCard(parent: ParentNode, place: number, isMerge: boolean): string {
  const { approach, script, cv, folds, ablations } = parent;
  const score =
    cv === null
      ? 'It has no score.'
      : `Cross-validated score ${cv.toPrecision(6)}; by fold ${folds.map((fold) => fold.toPrecision(6)).join(', ')}.`;
  const losses = ablations
    .slice(0, 12)
    .map(({ part, loss }) => `- without ${cell(part, 80)} it loses ${loss.toPrecision(3)}`);
  return section(
    `${isMerge ? (place === 0 ? 'The first: ' : 'The second: ') : 'It starts from '}${approach.name}`,
    joined(
      score,
      losses.length === 0 ? '' : `Measured on a sample (positive: the part helps):\n${losses.join('\n')}`,
      planCard(approach).replace('## The plan', 'Its plan:'),
      script === null ? '' : exactly('train.py', bounded(script, longestScript)),
    ),
  );
}

function siblingsOf({ step, memory = [] }: ResearchRequest) {
  const names = new Set((step?.parents ?? []).map(({ approach }) => approach.name));
  return memory.filter(({ parents }) => parents.some((name) => names.has(name)));
}

function words({ features, models }: Vocabulary): string {
  if (features.length + models.length === 0) return '';
  return `Where they fit, use these names, which can be built without a language model too. Features: ${features.join(', ')}. Models: ${models.join(', ')}. Others are fine where they are better.`;
}
