import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { conclusionsSchema, soundConclusions, soundVerdicts } from '../../domain/lessons/conclusions.ts';
import { type Lesson, type LessonDraft, topLessons } from '../../domain/lessons/lesson.ts';
import type { Outcome } from '../../domain/lessons/outcome.ts';
import type { ProfileVector } from '../../domain/lessons/profile-vector.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import { cleanLine, fenced, fenceRule } from '../../domain/outside-text.ts';
import type { ModelCall } from '../../providers/llm/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { listLessons, upsertLessons } from '../../state/lessons.ts';
import { sha256Of } from '../support/objects.ts';
import { vectorOf } from './record-outcomes.ts';

const mostNodes = 40;
const mostKnown = 8;
const maxTokens = 4_000;

const instructions = `You look back at one finished machine-learning competition of an agent that competes on Kaggle by \
itself, and say what it taught for OTHER competitions. You are shown what was tried, with cross-validated scores, and \
lessons from before.

- At most three new lessons, each one or two plain sentences that somebody could act on in another competition. Only what \
the nodes show; no general advice, nothing that every textbook says, no names of this competition's columns.
- Each cites the ids of the nodes that show it, exactly as they are written. A lesson without them, or with an id that \
was not shown, is thrown away.
- Say of each known lesson whether this competition confirms it, contradicts it, or says nothing of it.
- Nothing to say is a good answer: empty lists.

${fenceRule}`;

/**
 * After the end: what a model concludes from the tree, where one is configured. Only what cites nodes that exist is
 * kept, and what it says of known lessons counts for or against them. Costs one cheap call, paid once.
 * @throws what the state port throws; what the model fails with is logged
 */
export async function conclude(
  ctx: Context,
  competition: Competition,
  outcomes: readonly Outcome[],
): Promise<void> {
  const profile = vectorOf(competition);
  if (ctx.models === null || profile === null) return;
  const nodes = new Map(outcomes.slice(0, mostNodes).map((one, place) => [`n${place + 1}`, one] as const));
  // Its own word is no evidence for itself; so the same question is asked, and paid, only once.
  const others = (await listLessons(ctx.state, { all: false })).filter(({ evidence }) =>
    evidence.every(({ competitionId }) => competitionId !== competition.id),
  );
  const reader = { profile, competitionId: competition.id };
  const top = topLessons(others, reader, { kinds: ['insight', 'advice'], most: mostKnown });
  const known = new Map(top.map(({ lesson }, place) => [`k${place + 1}`, lesson] as const));
  try {
    const { value } = await ctx.models.decide(
      { ...callOf(competition, nodes, known), schema: conclusionsSchema },
      { signal: ctx.signal },
    );
    const about = { competition, profile };
    const drafts = oneOfEach([
      ...soundConclusions(value, nodes).map(({ text, ...said }) => ({ ...draftOf(text, about, said) })),
      ...soundVerdicts(value, { nodes, known }).map(({ known: lesson, ...said }) => ({
        ...draftOf(lesson.text, about, said),
        key: lesson.key,
        kind: lesson.kind,
        source: lesson.source,
        onlyKnown: true,
      })),
    ]);
    if (drafts.length > 0) await upsertLessons(ctx.state, drafts);
    ctx.log.info({ competition: competition.slug, lessons: drafts.length }, 'a model drew conclusions');
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn({ err: asFailure(error), competition: competition.slug }, 'no model drew conclusions');
  }
}

/** Whoever repeats a known lesson as a new one has said what they think of it where they were asked. */
function oneOfEach(drafts: readonly LessonDraft[]): LessonDraft[] {
  return [...new Map(drafts.map((draft) => [draft.key, draft])).values()];
}

type About = { competition: Pick<Competition, 'id' | 'slug'>; profile: ProfileVector };

function draftOf(
  text: string,
  { competition, profile }: About,
  { nodes, verdict }: { nodes: string[]; verdict: 'confirms' | 'contradicts' },
): LessonDraft {
  return {
    key: `insight:${keyOf(text)}`,
    kind: 'insight',
    source: 'model',
    text,
    onlyKnown: false,
    evidence: [
      { competitionId: competition.id, competition: competition.slug, verdict, nodes, numbers: {}, profile },
    ],
  };
}

/** The same words make the same lesson, whatever their case and spaces. */
export function keyOf(text: string): string {
  return sha256Of(
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim(),
  ).slice(0, 24);
}

function callOf(
  { id, slug, problem }: Competition,
  nodes: ReadonlyMap<string, Outcome>,
  known: ReadonlyMap<string, Lesson>,
): ModelCall {
  const task =
    problem === null ? '' : `Task: ${problem.task}, ${problem.modality} data, metric ${problem.metric}.\n\n`;
  const lines = [...nodes].map(([node, outcome]) => nodeLine(node, outcome));
  const before = [...known].map(([lesson, { text }]) => `${lesson}: ${text}`);
  return {
    purpose: { step: 'summarise', competitionId: id, approachId: null, key: `lessons:${id}` },
    role: 'cheap',
    system: [{ text: instructions, cacheUpToHere: true }],
    messages: [
      {
        role: 'user',
        text: `${task}${fenced('nodes of the tree of solutions', lines.join('\n'))}\n\n${fenced('lessons from before', before.join('\n') || 'none')}\n\nCompetition: ${slug}. What did it teach?`,
      },
    ],
    maxTokens,
  };
}

const longestList = 200;

function nodeLine(node: string, outcome: Outcome): string {
  const { operator, approach, family, models, features, parents, cv, hasFailed, score } = outcome;
  const ablations = outcome.ablations.map(({ part, loss }) => `${part} ${loss.toPrecision(3)}`);
  const parts = [
    `${operator} ${approach}`,
    ...(parents.length === 0 ? [] : [`from ${parents.join(' and ')}`]),
    `family ${family}`,
    `models ${models}`,
    `features ${features.join(' ')}`,
    hasFailed ? 'failed' : `cv ${cv === null ? 'none' : formatScore(cv)}, rank ${score.toFixed(2)} of 1`,
    ...(ablations.length === 0 ? [] : [`loss without: ${ablations.join(', ')}`]),
  ];
  return `${node}: ${parts.map((part) => cleanLine(part, longestList)).join('; ')}`;
}
