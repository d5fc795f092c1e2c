import type { Context } from '../../context.ts';
import type { ContentOf } from '../../domain/card.ts';
import { parseNumber } from '../../domain/cells.ts';
import { medalOfRank } from '../../domain/medals.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import { type FinalPlace, listLeaderboards } from '../../state/leaderboards.ts';
import { readPreferences } from '../../state/preferences.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { homeOrThread, inThread } from '../human-loop/card-place.ts';
import { submissionsUrl } from './submissions-url.ts';

type TellContext = Pick<Context, 'state' | 'actor' | 'policy'>;
type About = Pick<Competition, 'id' | 'slug' | 'title' | 'round'>;
type Notice = ContentOf<'notice'>;

/** Kaggle shows as selected what was chosen. */
export async function tellConfirmed(
  ctx: TellContext,
  competition: About,
  { selectionId, seen }: { selectionId: string; seen: readonly number[] },
): Promise<void> {
  await tellInThread(ctx, competition, `selection:${selectionId}:confirmed`, {
    event: 'selection_confirmed',
    names: await namesOf(ctx, competition, seen),
  });
}

/** A person said that it is done, and Kaggle does not show it. */
export async function tellMissing(
  ctx: TellContext,
  competition: About,
  { selectionId, wanted }: { selectionId: string; wanted: readonly number[] },
): Promise<void> {
  await tellInThread(ctx, competition, `selection:${selectionId}:missing`, {
    event: 'selection_missing',
    names: await namesOf(ctx, competition, wanted),
    url: submissionsUrl(competition.slug),
  });
}

/** One or two submissions count anyway; said once for each end that the host names. */
export async function tellAllCount(ctx: TellContext, competition: About, end: Date): Promise<void> {
  const subject = `selection:${competition.id}:${end.toISOString()}:all`;
  await tellInThread(ctx, competition, subject, { event: 'selection_all' });
}

/** The score of a submission that the loop did not wait for, or why the vendor has none for it. */
export async function tellLateScore(
  ctx: TellContext,
  competition: About,
  submission: Submission,
): Promise<void> {
  const { id, status, approach, error, publicScore, cv } = submission;
  const reason = `Kaggle could not score the submission of ${approach} (${error ?? 'no reason was given'}), so the work goes on without it.`;
  const told =
    status === 'error'
      ? { event: 'score_failed', reason }
      : { event: 'score_received', publicScore: parseNumber(publicScore ?? ''), cv };
  await tellInThread(ctx, competition, `score:${id}`, told);
}

/** The vendor's last word, told where the end of a competition is told. */
export async function tellFinalResult(
  ctx: TellContext,
  competition: About,
  { rank, entrants, score }: FinalPlace,
): Promise<void> {
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  const [board] = await listLeaderboards(ctx.state, competition.id, 1);
  const awards = board?.awardsMedals === true;
  const medal = awards && rank !== null && entrants !== null ? medalOfRank(rank, entrants) : null;
  await saveCard(ctx.state, {
    subject: `result:${competition.id}`,
    competitionId: competition.id,
    ...homeOrThread(preferences, 'finished', competition.id),
    content: contentOf(competition, {
      event: 'final_result',
      result: { rank, entrants, score, medal, awardsMedals: awards },
    }),
    actor: ctx.actor,
  });
}

async function tellInThread(
  ctx: TellContext,
  competition: About,
  subject: string,
  told: Pick<Notice, 'event'> & Partial<Notice>,
): Promise<void> {
  await saveCard(ctx.state, {
    subject,
    competitionId: competition.id,
    ...inThread(competition.id),
    content: contentOf(competition, told),
    isOnce: true,
    actor: ctx.actor,
  });
}

function contentOf({ slug, title }: About, told: Pick<Notice, 'event'> & Partial<Notice>): Notice {
  return {
    kind: 'notice',
    slug,
    title,
    round: null,
    toState: null,
    reason: null,
    publicScore: null,
    cv: null,
    by: null,
    ...told,
  };
}

/** Submissions as people know them: `boosting-deep (round 2)`; one that is not ours by its number. */
async function namesOf(ctx: TellContext, { id }: About, refs: readonly number[]): Promise<string[]> {
  const ours = await listSubmissions(ctx.state, id);
  return refs.map((ref) => {
    const mine = ours.find(({ vendorRef }) => vendorRef === String(ref));
    return mine === undefined ? `#${ref}` : `${mine.approach} (round ${mine.round}, #${ref})`;
  });
}
