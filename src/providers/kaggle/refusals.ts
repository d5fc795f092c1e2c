import { distance } from 'fastest-levenshtein';
import { asFailure, BusinessFailure } from '../../domain/errors.ts';
import {
  describeGate,
  findGate,
  type GateKind,
  gateFailure,
  isForPerson,
  verificationOf,
} from '../../domain/gate.ts';
import { refusalDetails } from './calls.ts';
import type { KaggleClient, KaggleCompetition } from './contract.ts';

export type RefusalContext = {
  competitions: Pick<KaggleClient, 'findCompetition' | 'listCompetitions'>;
  now: () => Date;
};

type Refusal = { status: number; text: string };

/**
 * Refusals that Kaggle's words tell apart. Classified by substring, the words kept for people; the more special
 * first, since they speak of deadlines and rules in passing.
 */
const wordings: readonly { pattern: RegExp; gate: GateKind | 'daily_limit' }[] = [
  { pattern: /submission allowance/i, gate: 'daily_limit' },
  { pattern: /only accepts submissions from notebooks/i, gate: 'code_competition' },
  { pattern: /submissions have been disabled/i, gate: 'submissions_disabled' },
  { pattern: /accept\b.{0,40}\brules\b/i, gate: 'rules_not_accepted' },
  { pattern: /\binvit(e|ed|ation)\b|limited[- ]participation/i, gate: 'invitation_only' },
  { pattern: /verif(y|ied|ication)/i, gate: 'verification_required' },
  {
    pattern: /\b(entry|entrants?|entering|join(ing)?)\b.{0,40}\b(deadline|closed|passed|over)\b/i,
    gate: 'entry_closed',
  },
  { pattern: /deadline|has ended|has closed|is closed|is over/i, gate: 'deadline_passed' },
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
    const worded = wordings.find(({ pattern }) => pattern.test(refusal.text))?.gate ?? null;
    if (worded === 'daily_limit') return dailyLimit({ slug, refusal, error, now: now() });
    if (worded === null && refusal.status === 400) return error;
    const looking = competitions.findCompetition(slug, { signal });
    // What the words say stands, also where the competition cannot be looked at now.
    const seen = await (worded === null ? looking : looking.catch(() => undefined));
    if (seen === null && refusal.status !== 400) {
      return unknownCompetition(slug, await nearestSlugs(slug, competitions, signal), error);
    }
    const competition = seen ?? null;
    const gate = gateBehind({ worded, competition, refusal, now: now() });
    return gate === null ? error : asGate(gate, { slug, competition, refusal, error });
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

type Explained = { slug: string; refusal: Refusal; error: unknown };

function dailyLimit({ slug, refusal, error, now }: Explained & { now: Date }): BusinessFailure {
  const message =
    "The day's submissions of this competition are used up; the next ones count from midnight UTC.";
  const resetAt = nextMidnightUtc(now).toISOString();
  return refused('kaggle.daily_limit', message, error, { slug, ...toldBy(refusal), resetAt });
}

/** What a refusal means, from its words and from what the competition's entry shows. */
function gateBehind(known: {
  worded: GateKind | null;
  competition: KaggleCompetition | null;
  refusal: Refusal;
  now: Date;
}): GateKind | null {
  const { worded, competition, refusal, now } = known;
  if (competition === null) return worded;
  // That a competition takes notebooks is no reason for refusing anything but a file, of which the words speak.
  const shown = findGate(competition, now, { hasNotebookPath: true });
  // What can never be passed is said first: the same words are used after the end, and rules that may be accepted
  // no more are refused as those that may.
  if (shown !== null && !isForPerson(shown) && worded !== 'code_competition') return shown;
  if (worded !== null || shown !== null) return worded ?? shown;
  return refusal.status === 403 ? 'access_denied' : null;
}

function asGate(
  gate: GateKind,
  { slug, competition, refusal, error }: Explained & { competition: KaggleCompetition | null },
): BusinessFailure {
  const hasEntered = competition?.hasEntered ?? null;
  const verification = gate === 'verification_required' ? verificationOf(refusal.text) : undefined;
  const { title, url, deadline } = competition ?? {};
  const subject = { slug, title, url, deadline, verification, isAnew: hasEntered === true };
  const rulesUrl = gate === 'rules_not_accepted' ? { rulesUrl: describeGate(gate, subject).link } : {};
  return gateFailure(gate, subject, {
    cause: asFailure(error),
    details: {
      ...toldBy(refusal),
      hasEntered,
      ...rulesUrl,
      ...(verification === undefined ? {} : { verification }),
    },
  });
}

function toldBy({ status, text }: Refusal): Record<string, unknown> {
  return { status, vendorText: text };
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

function refused(code: string, message: string, cause: unknown, details: Record<string, unknown>) {
  return new BusinessFailure(message, { code, cause: asFailure(cause), details });
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
