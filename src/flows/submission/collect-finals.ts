import type { Context } from '../../context.ts';
import type { Competition } from '../../state/competitions.ts';
import {
  endStanding,
  type FinalPlace,
  getStanding,
  noteFinalPlace,
  type Reading,
  recordReading,
} from '../../state/leaderboards.ts';
import { finishSubmission, listSubmissions } from '../../state/submissions.ts';
import { showEnd } from '../human-loop/status-card.ts';
import { learnFromEnd } from '../lessons/learn.ts';
import { tellFinalResult } from '../selection/tell-selection.ts';
import { finalPlace, isPrivateReading, privatelyScored } from './final-place.ts';
import { readBoardHead, readWholeBoard } from './read-board.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Private scores come within minutes or days of the end; then nobody waits any longer. */
const longestWaitMs = 30 * dayMs;
/** The private board comes with the scores, or a little later. */
const boardPatienceMs = 3 * dayMs;
/** As far down as our team is looked for where the download still shows the public board. */
const mostRows = 2_000;

/** How long after a look the next one is due, by the time since the end. */
export function lookAgainMs(sinceEndMs: number): number {
  if (sinceEndMs < dayMs) return hourMs;
  return sinceEndMs < 7 * dayMs ? 6 * hourMs : dayMs;
}

/**
 * After the real end, with the scores just recorded: our last place and the submission that it comes from, once the
 * vendor tells private scores.
 */
export async function collectFinals(ctx: Context, competition: Competition, endedAt: Date): Promise<void> {
  const sinceEndMs = ctx.now().getTime() - endedAt.getTime();
  const scored = privatelyScored(await listSubmissions(ctx.state, competition.id));
  if (scored.length === 0) {
    if (sinceEndMs > longestWaitMs) await end(ctx, competition, null);
    return;
  }
  const isPatient = sinceEndMs < boardPatienceMs;
  const reading = await readPrivateBoard(ctx, competition, scored, isPatient);
  if (reading === null && isPatient) return;
  for (const { id, privateScore } of scored) {
    await finishSubmission(ctx.state, {
      id,
      privateScore: null,
      finalScore: privateScore,
      rank: null,
      entrants: null,
    });
  }
  if (reading !== null) {
    await recordReading(ctx.state, { competitionId: competition.id, reading, teamId: null, at: ctx.now() });
  }
  await end(ctx, competition, await finalPlace(ctx, competition, reading));
}

/** The watch is closed last: who is killed on the way tells all of it at the next look, and each part once. */
async function end(ctx: Context, competition: Competition, place: FinalPlace | null): Promise<void> {
  const { id } = competition;
  if (place !== null) {
    await noteFinalPlace(ctx.state, { competitionId: id, place });
    await showEnd(ctx, id);
    await tellFinalResult(ctx, competition, place);
  }
  await learnFromEnd(ctx, competition);
  await endStanding(ctx.state, { competitionId: id, place, at: ctx.now() });
  ctx.log.info({ competition: competition.slug, ...place }, 'the end of a competition is known');
}

/**
 * A board is surely the private one where it shows a private score of ours. Where none does for days (what counted
 * is a team mate's), the head of the board is taken at the vendor's word.
 * @returns null while the vendor still shows the public board
 */
async function readPrivateBoard(
  ctx: Context,
  competition: Competition,
  scored: ReturnType<typeof privatelyScored>,
  isPatient: boolean,
): Promise<Reading | null> {
  const standing = await getStanding(ctx.state, competition.id);
  const options = { part: 'private' as const, teamId: standing?.teamId ?? null };
  const whole = await readWholeBoard(ctx, competition, options);
  if (isPrivateReading(whole.reading, scored)) return whole.reading;
  const teamId = whole.teamId ?? options.teamId;
  const head = await readBoardHead(ctx, competition, { ...options, teamId, maxRows: mostRows });
  if (head === null) return null;
  return isPrivateReading(head.reading, scored) || !isPatient ? head.reading : null;
}
