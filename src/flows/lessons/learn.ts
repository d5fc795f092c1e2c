import type { Context } from '../../context.ts';
import { type Agreement, agreementOf } from '../../domain/agreement.ts';
import { parseNumber } from '../../domain/cells.ts';
import { asFailure } from '../../domain/errors.ts';
import type { LessonDraft } from '../../domain/lessons/lesson.ts';
import type { Outcome } from '../../domain/lessons/outcome.ts';
import { distilAgreement, distilOutcomes } from '../../domain/lessons/rule-lessons.ts';
import type { Competition } from '../../state/competitions.ts';
import { listOutcomes, upsertLessons } from '../../state/lessons.ts';
import { listSubmissions } from '../../state/submissions.ts';
import { clearPeopleAlert } from '../human-loop/alert.ts';
import { driftAlertOf } from './check-drift.ts';
import { conclude } from './conclude.ts';
import { askWhatItTaught } from './post-mortem.ts';
import { recordOutcomes, vectorOf } from './record-outcomes.ts';

/** Older competitions say little of what works now. */
export const competitionsRead = 100;

/** After each round: what was tried is written down, and what the rules read out of it. Never stops the work. */
export async function learnFromRound(ctx: Context, competition: Competition): Promise<void> {
  await quietly(ctx, competition, async () => {
    await learn(ctx, competition, { isOver: false });
  });
}

/**
 * After the end, with the final scores where they are known: the same with the scores that the search may not see, what
 * a model concludes, and the question to people whether it is right. Repeated it changes nothing.
 */
export async function learnFromEnd(ctx: Context, competition: Competition): Promise<void> {
  await quietly(ctx, competition, async () => {
    await clearPeopleAlert(ctx, driftAlertOf(competition));
    const outcomes = await learn(ctx, competition, { isOver: true });
    if (outcomes.length === 0) return;
    await quietly(ctx, competition, () => conclude(ctx, competition, outcomes));
    await askWhatItTaught(ctx, competition, outcomes);
  });
}

/** Lessons are worth having, but no competition stops for them. */
async function quietly(
  ctx: Pick<Context, 'signal' | 'log'>,
  { slug }: Pick<Competition, 'slug'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn({ err: asFailure(error), competition: slug }, 'what was learnt could not be kept');
  }
}

async function learn(ctx: Context, competition: Competition, when: { isOver: boolean }): Promise<Outcome[]> {
  const outcomes = await recordOutcomes(ctx, competition, when);
  const drafts = [
    ...distilOutcomes(await listOutcomes(ctx.state, competitionsRead)),
    ...(await trustLessons(ctx, competition)),
  ].filter(({ evidence }) => evidence.some((one) => one.competitionId === competition.id));
  if (drafts.length > 0) await upsertLessons(ctx.state, drafts);
  ctx.log.info(
    { competition: competition.slug, outcomes: outcomes.length, lessons: drafts.length },
    'lessons drawn',
  );
  return outcomes;
}

/** Private scores say more than public ones, where enough of them are known. */
async function trustLessons(ctx: Pick<Context, 'state'>, competition: Competition): Promise<LessonDraft[]> {
  const profile = vectorOf(competition);
  if (profile === null) return [];
  const submissions = await listSubmissions(ctx.state, competition.id);
  const against = (scoreOf: (one: (typeof submissions)[number]) => string | null): Agreement =>
    agreementOf(submissions.map((one) => ({ cv: one.cv, publicScore: parseNumber(scoreOf(one) ?? '') })));
  const privately = against(({ privateScore }) => privateScore);
  const agreement = privately.spearman === null ? against(({ publicScore }) => publicScore) : privately;
  return distilAgreement(
    { competitionId: competition.id, competition: competition.slug, profile },
    agreement,
  );
}
