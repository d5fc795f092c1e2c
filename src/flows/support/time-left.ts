import type { Competition } from '../../state/competitions.ts';
import { deadlineOf } from './deadline.ts';

/** Seconds until the competition's own time limit; null without one. */
export function secondsLeft(
  competition: Pick<Competition, 'limits' | 'admittedAt'>,
  now: Date,
): number | null {
  const { timeLimitSeconds } = competition.limits;
  if (timeLimitSeconds === null || competition.admittedAt === null) return null;
  return timeLimitSeconds - (now.getTime() - competition.admittedAt.getTime()) / 1000;
}

/** True where too little is left for another round; a part of the limit is kept for the endgame. */
export function isEndgame(competition: Competition, now: Date): boolean {
  const left = secondsLeft(competition, now);
  const { timeLimitSeconds } = competition.limits;
  return left !== null && timeLimitSeconds !== null && left < timeLimitSeconds * 0.35;
}

/** Share of the competition's own time limit that is used; null without one. */
export function usedTimeShare(competition: Competition, now: Date): number | null {
  const left = secondsLeft(competition, now);
  const { timeLimitSeconds } = competition.limits;
  if (left === null || timeLimitSeconds === null) return null;
  return Math.min(1, Math.max(0, 1 - left / timeLimitSeconds));
}

/** Research, code, and a place in the vendor's queue for the score. */
const besideTrainingMs = 2 * 3_600_000;

/** True where the competition itself ends before another round could be handed in. */
export function endsSoon(competition: Competition, trainingTimeLimitSeconds: number, now: Date): boolean {
  const end = deadlineOf(competition);
  return end !== null && end.getTime() - now.getTime() < besideTrainingMs + trainingTimeLimitSeconds * 1000;
}
