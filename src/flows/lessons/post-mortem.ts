import type { Context } from '../../context.ts';
import { type DecisionDraft, slaSecondsOf } from '../../domain/decision.ts';
import { evidenceSentence, type Lesson, longestLesson } from '../../domain/lessons/lesson.ts';
import type { Outcome } from '../../domain/lessons/outcome.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import { cleanLine } from '../../domain/outside-text.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import { getDecision } from '../../state/decisions.ts';
import { askPostMortem, listLessons, upsertLessons } from '../../state/lessons.ts';
import { keyOf } from './conclude.ts';
import { vectorOf } from './record-outcomes.ts';

const shownLessons = 4;
const longestContext = 1_500;

/**
 * Asks people, once, whether what a competition taught is right. What was learnt is kept meanwhile, and for good where
 * nobody says anything; where nobody could answer, nobody is asked.
 */
export async function askWhatItTaught(
  ctx: Context,
  competition: Competition,
  outcomes: readonly Outcome[],
): Promise<void> {
  if (!ctx.canBeAsked()) return;
  const lessons = (await listLessons(ctx.state, { all: false })).filter(({ evidence }) =>
    evidence.some(({ competitionId }) => competitionId === competition.id),
  );
  if (lessons.length === 0) return;
  const asked = await askPostMortem(ctx.state, {
    competitionId: competition.id,
    draft: draftOf(competition, outcomes, lessons),
    slaSeconds: slaSecondsOf('post_mortem', ctx.policy),
    actor: ctx.actor,
  });
  if (asked)
    ctx.log.info(
      { competition: competition.slug, lessons: lessons.length },
      'people are asked what it taught',
    );
}

function draftOf(
  { slug }: Pick<Competition, 'slug'>,
  outcomes: readonly Outcome[],
  lessons: readonly Lesson[],
): DecisionDraft {
  const scored = outcomes.filter(({ cv }) => cv !== null).toSorted((a, b) => b.score - a.score);
  const [best] = scored;
  const said = lessons
    .slice(0, shownLessons)
    .map((lesson) => `• ${lesson.text} ${evidenceSentence(lesson, null)}`);
  const more = lessons.length > shownLessons ? [`/kaggle lessons ${slug} shows all ${lessons.length}.`] : [];
  return {
    kind: 'post_mortem',
    blocking: false,
    question: `What ${slug} taught: shall I keep it as it is?`,
    context: [...said, ...more].join('\n').slice(0, longestContext),
    options: [
      {
        id: 'save',
        label: 'Save',
        consequence: 'Later competitions learn from it as it stands.',
      },
      {
        id: 'edit',
        label: 'Add my view',
        consequence: 'Your words become a lesson of their own beside these.',
        wantsText: true,
      },
    ],
    defaultOption: 'save',
    facts: [
      ...(best === undefined || best.cv === null
        ? []
        : [{ label: 'Best approach', value: `${best.approach} (${formatScore(best.cv)})` }]),
      { label: 'Approaches tried', value: `${outcomes.length}` },
    ],
  };
}

/**
 * What a person said a competition taught becomes a lesson of its own, which others confirm or contradict later.
 * Said twice, or delivered twice, it is one.
 */
export async function recordPostMortem(
  ctx: Pick<Context, 'state' | 'log'>,
  input: { payload: { decisionId?: string | undefined } },
): Promise<void> {
  const { decisionId } = input.payload;
  const decision = decisionId === undefined ? null : await getDecision(ctx.state, decisionId);
  if (decision === null || decision.kind !== 'post_mortem' || decision.option !== 'edit') return;
  const text = cleanLine(decision.note ?? '', longestLesson);
  const competition = await getCompetition(ctx.state, decision.competitionId);
  const profile = competition === null ? null : vectorOf(competition);
  if (text === '' || competition === null || profile === null) return;
  await upsertLessons(ctx.state, [
    {
      key: `advice:${keyOf(text)}`,
      kind: 'advice',
      source: 'person',
      text,
      onlyKnown: false,
      evidence: [
        {
          competitionId: competition.id,
          competition: competition.slug,
          verdict: 'confirms',
          nodes: [],
          numbers: {},
          profile,
        },
      ],
    },
  ]);
  ctx.log.info({ competition: competition.slug }, 'a person said what a competition taught');
}
