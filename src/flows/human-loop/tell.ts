import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { CardContent } from '../../domain/card.ts';
import { competitionStates } from '../../domain/competition-machine.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import { stateWords } from '../../domain/overview.ts';
import type { EventType } from '../../events/topics.ts';
import { saveCard } from '../../state/cards.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';

const payloadSchema = z.looseObject({
  round: z.number().int().optional(),
  toState: z.enum(competitionStates).optional(),
  reason: z.string().optional(),
  publicScore: z.string().nullish(),
  cv: z.number().nullish(),
});
type Payload = z.output<typeof payloadSchema>;

/**
 * What people are told of an event: one line that says it all, and what to do where there is something to do. From
 * what the event carries, not from where the competition is by now: told again, it says the same.
 */
const texts: Partial<Record<EventType, (competition: Competition, payload: Payload) => string>> = {
  competition_discovered: ({ slug, title }) => `New competition: ${title}. /kaggle start ${slug} enters it.`,
  new_competition_found: ({ slug, limits }) =>
    `${slug} started: at most ${limits.maxRounds === 1 ? '1 round' : `${limits.maxRounds} rounds`}, every result is told here.`,
  score_received: ({ slug }, { publicScore, cv }) =>
    `${slug} scored ${publicScore ?? 'nothing yet'}${cv == null ? '' : ` (cross-validated ${formatScore(cv)})`}.`,
  next_round: ({ slug }, { round }) =>
    `${slug}: ${round === undefined ? 'another round' : `round ${round}`} begins.`,
  success: ({ slug }, { reason }) => `${slug} finished: ${reason ?? 'done'}.`,
  auto_retry: ({ slug }, { reason }) => `${slug} had a problem and goes on by itself: ${reason ?? ''}`,
  manual_intervention_required: ({ slug }, { reason }) => `${slug} failed: ${reason ?? 'no reason is known'}`,
  abort: ({ slug }, { reason }) => `${slug} was given up: ${reason ?? 'no reason is known'}`,
  skip_competition: ({ slug }) => `${slug} ended by decision; the submissions made so far stand.`,
  paused: ({ slug }) => `${slug} is paused; nothing is lost. /kaggle resume ${slug} goes on.`,
  resumed: ({ slug }, { toState }) =>
    `${slug} goes on${toState === undefined ? '' : ` (${stateWords[toState]})`}.`,
  stopped: ({ slug }) => `${slug} is stopped; the submissions made so far stand.`,
};

/** Event types that are told to people. */
export const toldEvents: readonly EventType[] = Object.keys(texts).map((type) => type as EventType);

/** Tells people of an event through every chat; the same event twice is told once. */
export async function tell(
  ctx: Pick<Context, 'state' | 'actor'>,
  input: { eventId: number; type: EventType; competitionId: string | null; payload: unknown },
): Promise<void> {
  const text = texts[input.type];
  if (input.competitionId === null) return;
  const competition = await getCompetition(ctx.state, input.competitionId);
  if (text === undefined || competition === null) return;
  const summary = text(competition, payloadSchema.parse(input.payload)).trim();
  const content: CardContent = {
    kind: 'notice',
    title: competition.title.slice(0, 150),
    summary: summary.slice(0, 300),
    body: summary.length > 300 ? summary.slice(0, 3000) : '',
    facts: [],
    decisionId: null,
  };
  await saveCard(ctx.state, {
    subject: `event:${input.eventId}`,
    competitionId: competition.id,
    content,
    actor: ctx.actor,
  });
}
