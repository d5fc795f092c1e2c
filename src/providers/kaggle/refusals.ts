import { distance } from 'fastest-levenshtein';
import { asFailure, BusinessFailure, type Failure } from '../../domain/errors.ts';
import { refusalDetails } from './calls.ts';
import type { KaggleClient, KaggleCompetition } from './contract.ts';

export type RefusalContext = {
  competitions: Pick<KaggleClient, 'findCompetition' | 'listCompetitions'>;
  now: () => Date;
};

type Refusal = { status: number; text: string };

/** Refusals that Kaggle's words tell apart. Classified by substring, the words kept for people. */
const wordings: readonly { pattern: RegExp; code: string; message: string }[] = [
  {
    pattern: /submission allowance/i,
    code: 'kaggle.daily_limit',
    message: "The day's submissions of this competition are used up; the next ones count from midnight UTC.",
  },
  {
    pattern: /only accepts submissions from notebooks/i,
    code: 'kaggle.code_competition',
    message: 'This is a code competition: it takes notebooks and no files.',
  },
  {
    pattern: /submissions have been disabled/i,
    code: 'kaggle.submissions_disabled',
    message: 'The host has switched submissions off for this competition.',
  },
  {
    pattern: /verif(y|ied|ication)/i,
    code: 'kaggle.verification_required',
    message: 'Kaggle wants the account to be verified (phone or identity) first; do so on kaggle.com.',
  },
  {
    pattern: /deadline|has ended|has closed|is closed|is over/i,
    code: 'kaggle.deadline_passed',
    message: 'The deadline of this competition has passed, so it takes no more submissions.',
  },
];
const suggestedSlugs = 3;
/** Beyond this share of changed letters two slugs have nothing to do with each other. */
const largestDistance = 0.5;

/**
 * Runs calls about one competition and says of a refusal what it means. Kaggle answers 403 alike for a slug that
 * does not exist, rules that are not accepted and a token of another account, so the competition is looked up
 * before anything is said.
 * Source: Kaggle/kaggle-cli issues 152, 448, 488, 530, 555.
 */
export function createRefusals({ competitions, now }: RefusalContext) {
  /** @returns what the failure means for this competition; itself when it means what it says */
  const explain = async (slug: string, error: unknown, signal: AbortSignal): Promise<unknown> => {
    const refusal = refusalDetails(error);
    if (refusal === null || ![400, 403, 404].includes(refusal.status)) return error;
    const worded = wordedRefusal(slug, refusal, error, now());
    if (worded?.code === 'kaggle.submissions_disabled') {
      // The same words are used after the end; the deadline tells the two apart, if it can be read.
      const competition = await competitions.findCompetition(slug, { signal }).catch(() => null);
      const isOver = competition !== null && isPast(competition.deadline, now());
      return isOver ? known('kaggle.deadline_passed', error, worded.details) : worded;
    }
    if (worded !== null) return worded;
    if (refusal.status === 400) return error;
    const competition = await competitions.findCompetition(slug, { signal });
    if (competition === null) {
      const nearest = await nearestSlugs(slug, competitions, signal);
      return unknownCompetition(slug, nearest, error);
    }
    return deniedAlthoughKnown(competition, refusal, error, now()) ?? error;
  };

  return {
    explain,
    async about<T>(slug: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
      try {
        return await work();
      } catch (error) {
        throw await explain(slug, error, signal);
      }
    },
  };
}

export type Refusals = ReturnType<typeof createRefusals>;

/** The next midnight UTC, when Kaggle counts submissions anew. */
export function nextMidnightUtc(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}

function wordedRefusal(slug: string, { status, text }: Refusal, cause: unknown, now: Date): Failure | null {
  const wording = wordings.find(({ pattern }) => pattern.test(text));
  if (wording === undefined) return null;
  const resetsAt =
    wording.code === 'kaggle.daily_limit' ? { resetAt: nextMidnightUtc(now).toISOString() } : {};
  return refused(wording.code, wording.message, cause, { slug, status, vendorText: text, ...resetsAt });
}

function unknownCompetition(slug: string, nearest: readonly string[], cause: unknown): BusinessFailure {
  const hint = nearest.length === 0 ? 'check its spelling' : `did you mean ${nearest.join(' or ')}?`;
  const message = `Kaggle has no competition "${slug}" that our account can see; ${hint}`;
  return refused('kaggle.unknown_competition', message.endsWith('?') ? message : `${message}.`, cause, {
    slug,
    nearest,
    suggestions: nearest,
  });
}

function deniedAlthoughKnown(
  competition: KaggleCompetition,
  { status, text }: Refusal,
  cause: unknown,
  now: Date,
): Failure | null {
  const { slug } = competition;
  const details = { slug, status, vendorText: text };
  if (!competition.hasEntered && isPast(competition.newEntrantDeadline, now)) {
    return refused(
      'kaggle.entry_closed',
      'This competition takes no new entrants any more, and our account had not entered.',
      cause,
      details,
    );
  }
  if (!competition.hasEntered) {
    const rulesUrl = `${competition.url.replace(/\/+$/, '')}/rules`;
    return refused(
      'kaggle.rules_not_accepted',
      `The rules of "${competition.title}" are not accepted yet; a person must do so at ${rulesUrl}`,
      cause,
      { ...details, rulesUrl },
    );
  }
  if (isPast(competition.deadline, now)) return known('kaggle.deadline_passed', cause, details);
  if (competition.submissionsDisabled) return known('kaggle.submissions_disabled', cause, details);
  return null;
}

function known(code: string, cause: unknown, details: Record<string, unknown>): BusinessFailure {
  const message = wordings.find((wording) => wording.code === code)?.message ?? code;
  return refused(code, message, cause, details);
}

function refused(code: string, message: string, cause: unknown, details: Record<string, unknown>) {
  return new BusinessFailure(message, { code, cause: asFailure(cause), details });
}

function isPast(date: Date | null, now: Date): boolean {
  return date !== null && date.getTime() <= now.getTime();
}

/** Suggestions for a slug that was mistyped; none rather than a failure of its own. */
async function nearestSlugs(
  slug: string,
  competitions: RefusalContext['competitions'],
  signal: AbortSignal,
): Promise<string[]> {
  const maxItems = 40;
  const words = slug.replaceAll(/[-_]+/g, ' ');
  const lists = await Promise.all(
    [{ search: words }, { tab: 'entered' as const }, { sortBy: 'best' as const }].map((query) =>
      competitions.listCompetitions({ ...query, maxItems }, { signal }).catch(() => []),
    ),
  );
  const slugs = [...new Set(lists.flat().map((competition) => competition.slug))];
  return slugs
    .map((candidate) => ({ candidate, share: distanceShare(slug, candidate) }))
    .filter(({ share }) => share <= largestDistance)
    .sort((a, b) => a.share - b.share)
    .slice(0, suggestedSlugs)
    .map(({ candidate }) => candidate);
}

/** 0 for equal slugs, 1 for nothing in common; a slug that begins with the other is near. */
function distanceShare(a: string, b: string): number {
  if (a.length > 2 && (a.startsWith(b) || b.startsWith(a))) return 0.2;
  return distance(a, b) / Math.max(a.length, b.length, 1);
}
