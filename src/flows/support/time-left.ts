import type { Competition } from '../../state/competitions.ts';

/** Seconds until the competition's own time limit; null without one. */
function secondsLeft(competition: Competition, now: Date): number | null {
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
