import { z } from 'zod';
import type { Context } from '../../context.ts';
import { parseNumber } from '../../domain/cells.ts';
import { competitionStates } from '../../domain/competition-machine.ts';
import { changeSchema } from '../../domain/listing.ts';
import { dropReasons } from '../../domain/submission-slots.ts';
import type { EventType } from '../../events/topics.ts';
import { findCard, saveCard } from '../../state/cards.ts';
import { getCompetition, listTransitions } from '../../state/competitions.ts';
import { inThread, statusSubject } from './card-place.ts';
import { type CompetitionFacts, readFacts } from './competition-facts.ts';
import { saveDiscovered } from './discovered-card.ts';
import { completeStarted, saveFailed, saveFinished, saveNewBest, saveStarted } from './milestone-cards.ts';
import { saveRound } from './round-card.ts';
import { refreshStatus } from './status-card.ts';
import { tellRunningNotebooks } from './tell-notebooks.ts';

const payloadSchema = z.looseObject({
  version: z.number().int().optional(),
  round: z.number().int().optional(),
  fromState: z.enum(competitionStates).optional(),
  toState: z.enum(competitionStates).optional(),
  reason: z.string().optional(),
  code: z.string().optional(),
  /** Of a submission. */
  key: z.string().optional(),
  /** It was sent in an earlier round already: the same file came out again. */
  isKnown: z.boolean().default(false),
  publicScore: z.string().nullish(),
  cv: z.number().nullish(),
  changes: z.array(changeSchema).optional(),
});
type Payload = z.output<typeof payloadSchema>;

type TellContext = Pick<Context, 'state' | 'actor' | 'policy' | 'now' | 'artifactsFolder' | 'judge'>;
type Told = { eventId: number; type: EventType; facts: CompetitionFacts; payload: Payload };
type Teller = (ctx: TellContext, told: Told) => Promise<void>;

/**
 * What people are told of an event, beside the living messages that follow every move. From what the event carries
 * and the rows: told again, it says the same.
 */
const tellers: Partial<Record<EventType, readonly Teller[]>> = {
  competition_changed: [saveNotice],
  new_competition_found: [(ctx, { facts }) => saveStarted(ctx, facts)],
  research_completed: [(ctx, { facts }) => completeStarted(ctx, facts)],
  submission_completed: [
    (ctx, told) => saveNotice(ctx, told, told.payload.isKnown ? 'submission_known' : told.type),
  ],
  submission_deferred: [
    (ctx, told) => saveNotice(ctx, told, isGivenUp(told.payload) ? 'submission_withheld' : told.type),
  ],
  score_received: [
    async (ctx, told) => {
      // said in the round that sent it
      if (!told.payload.isKnown) await saveNotice(ctx, told);
    },
    tellNewBest,
  ],
  next_round: [tellRound, saveNotice],
  uncertainty_high: [tellRound],
  success: [tellRound, (ctx, { facts }) => saveFinished(ctx, facts)],
  auto_retry: [saveNotice],
  manual_intervention_required: [tellFailed],
  retry_different_approach: [saveNotice],
  adjust_parameters: [saveNotice],
  abort: [(ctx, { facts }) => saveFinished(ctx, facts), tellNotebooks],
  skip_competition: [(ctx, { facts }) => saveFinished(ctx, facts), tellNotebooks],
  stopped: [(ctx, { facts }) => saveFinished(ctx, facts), tellNotebooks],
  paused: [saveNotice, tellNotebooks],
  resumed: [saveNotice],
};

/** It does not wait for a place of its day: it is not sent any more. */
function isGivenUp({ reason }: Payload): boolean {
  return Object.values<string | undefined>(dropReasons).includes(reason);
}

/** Event types that are told to people. */
export const toldEvents: readonly EventType[] = [
  'competition_discovered',
  ...Object.keys(tellers).map((type) => type as EventType),
];

/** Tells people of an event through every chat; the same event twice is told once. */
export async function tell(
  ctx: TellContext,
  input: { eventId: number; type: EventType; competitionId: string | null; payload: unknown },
): Promise<void> {
  const { eventId, type, competitionId } = input;
  // one message a day, whatever competitions it is about
  if (type === 'competition_discovered') return await saveDiscovered(ctx);
  const telling = tellers[type];
  if (telling === undefined || competitionId === null) return;
  const competition = await getCompetition(ctx.state, competitionId);
  if (competition === null) return;
  // What goes to its thread replies to this message.
  if ((await findCard(ctx.state, statusSubject(competitionId))) === null) {
    await refreshStatus(ctx, competitionId);
  }
  const facts = await readFacts(ctx, competition);
  const payload = payloadSchema.parse(input.payload);
  for (const teller of telling) await teller(ctx, { eventId, type, facts, payload });
}

async function saveNotice(
  ctx: TellContext,
  { eventId, type, facts, payload }: Told,
  event: string = type,
): Promise<void> {
  const { competition } = facts;
  const moves = await listTransitions(ctx.state, competition.id);
  const move = moves.find(({ refused, version }) => !refused && version === payload.version);
  await saveCard(ctx.state, {
    subject: `event:${eventId}`,
    competitionId: competition.id,
    ...inThread(competition.id),
    content: {
      kind: 'notice',
      event,
      slug: competition.slug,
      title: competition.title,
      round: payload.round ?? null,
      toState: payload.toState ?? null,
      reason: payload.reason ?? null,
      publicScore: parseNumber(payload.publicScore ?? ''),
      cv: payload.cv ?? null,
      by: move?.actor ?? null,
      ...(payload.changes === undefined ? {} : { changes: payload.changes }),
    },
    isOnce: true,
    actor: ctx.actor,
  });
}

async function tellNotebooks(ctx: TellContext, { eventId, facts, payload }: Told): Promise<void> {
  const { toState: state = facts.competition.state } = payload;
  await tellRunningNotebooks(ctx, { ...facts.competition, state }, eventId);
}

async function tellNewBest(ctx: TellContext, { eventId, facts, payload }: Told): Promise<void> {
  if (payload.key === undefined) return;
  await saveNewBest(ctx, facts, { eventId, submissionKey: payload.key, now: ctx.now() });
}

/** The round that the move ended; the next one may have begun with it. */
async function tellRound(ctx: TellContext, { type, facts, payload }: Told): Promise<void> {
  if (payload.fromState !== 'analyzing' || payload.round === undefined) return;
  const round = type === 'next_round' ? payload.round - 1 : payload.round;
  await saveRound(ctx, facts, { round, next: payload.reason ?? null });
}

async function tellFailed(ctx: TellContext, { eventId, facts, payload }: Told): Promise<void> {
  const { code = 'unknown', reason = 'No reason is known.' } = payload;
  await saveFailed(ctx, facts, { eventId, code, message: reason });
}
