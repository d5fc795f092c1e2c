import { createHash } from 'node:crypto';
import type { Submission } from './account.ts';
import type { Competition } from './competition-schema.ts';
import type { ArenaContext } from './context.ts';
import type { Scored } from './scoring.ts';

export const parts = ['public', 'private', 'overall'] as const;
export type Part = (typeof parts)[number];

export type BoardEntry = {
  teamId: number;
  teamName: string;
  score: number;
  at: Date;
  submissionCount: number;
  members: string;
  kind: 'reference' | 'real' | 'own';
};

const ownTeamIdBase = 9_000_001;
const realTeamIdBase = 1_000_000;
/** When reference entrants and real teams handed in: before anybody who competes here. */
const beforeEverybody = new Date('2020-01-01T00:00:00Z');

export type ScoredSubmission = Submission & { outcome: Scored };

/** The account's team in a competition: another one in each, as at the vendor, and the same for ever. */
export function ownTeamId(slug: string): number {
  return ownTeamIdBase + (createHash('sha256').update(slug).digest().readUInt32BE() % 1_000_000);
}

type Needs = Pick<ArenaContext, 'account' | 'teamName' | 'credentials'>;

/** The leaderboard of a part of the hidden rows, best first; with equal scores the earlier comes first. */
export function boardOf(ctx: Needs, competition: Competition, part: Part): BoardEntry[] {
  const own = ownEntry(ctx, competition, part);
  const entries = [...rivalsOf(competition, part), ...(own === null ? [] : [own])];
  const sign = competition.direction === 'maximize' ? -1 : 1;
  return entries.sort((a, b) => sign * (a.score - b.score) || a.at.getTime() - b.at.getTime());
}

/** Everybody but the account: our reference entrants, and the teams of the real leaderboard by their one score. */
export function rivalsOf(competition: Competition, part: Part): BoardEntry[] {
  const shared = { at: beforeEverybody, submissionCount: 1 };
  const references = competition.entrants.flatMap((entrant, index): BoardEntry[] => {
    const { name: teamName, [part]: score } = entrant;
    if (score === null) return [];
    return [
      { ...shared, teamId: index + 1, teamName, score, members: `reference-${index + 1}`, kind: 'reference' },
    ];
  });
  const real = competition.realScores.map((score, index): BoardEntry => {
    const name = `team-${String(index + 1).padStart(6, '0')}`;
    return {
      ...shared,
      teamId: realTeamIdBase + index + 1,
      teamName: name,
      score,
      members: name,
      kind: 'real',
    };
  });
  return [...references, ...real];
}

/** Scored submissions of the current practice whose scores show, oldest first. */
export function scoredSubmissions(ctx: Pick<ArenaContext, 'account'>, slug: string): ScoredSubmission[] {
  return ctx.account.submissionsOf(slug).flatMap((submission) => {
    const { outcome } = submission;
    return submission.isSettled && outcome?.status === 'COMPLETE' ? [{ ...submission, outcome }] : [];
  });
}

/** The submission that counts for the team: the best public score, the earlier one where two are equal. */
export function bestSubmission(
  competition: Competition,
  submissions: readonly ScoredSubmission[],
): ScoredSubmission | null {
  let best: ScoredSubmission | null = null;
  for (const submission of submissions) {
    if (best === null || isBetter(competition, submission.outcome.publicScore, best.outcome.publicScore)) {
      best = submission;
    }
  }
  return best;
}

/** At the end the better of those that were ticked counts, whatever their public scores; before it the best public one. */
function countingSubmission(
  competition: Competition,
  submissions: readonly ScoredSubmission[],
  part: Part,
): ScoredSubmission | null {
  const selected = submissions.filter(({ isSelected }) => isSelected);
  if (part === 'public' || selected.length === 0) return bestSubmission(competition, submissions);
  return selected.reduce((best, one) =>
    isBetter(competition, one.outcome[`${part}Score`], best.outcome[`${part}Score`]) ? one : best,
  );
}

/** 1 + how many rivals have a strictly better score. */
export function rankAmongRivals(competition: Competition, part: Part, score: number): number {
  return 1 + rivalsOf(competition, part).filter((rival) => isBetter(competition, rival.score, score)).length;
}

function isBetter({ direction }: Competition, score: number | null, other: number | null): boolean {
  if (score === null) return false;
  if (other === null) return true;
  return direction === 'maximize' ? score > other : score < other;
}

function ownEntry(ctx: Needs, competition: Competition, part: Part): BoardEntry | null {
  const { deadline } = competition;
  // What came late is scored, and changes no leaderboard.
  const inTime = ({ at }: ScoredSubmission) => deadline === null || at <= deadline;
  const submissions = scoredSubmissions(ctx, competition.slug).filter(inTime);
  const best = countingSubmission(competition, submissions, part);
  const score = best?.outcome[`${part}Score`] ?? null;
  if (best === null || score === null) return null;
  return {
    teamId: ownTeamId(competition.slug),
    teamName: ctx.teamName,
    score,
    at: best.at,
    submissionCount: submissions.length,
    members: ctx.credentials.username,
    kind: 'own',
  };
}
