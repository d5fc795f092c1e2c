import { z } from 'zod';
import { type Actor, actorSchema } from '../domain/actor.ts';
import { competitionStates } from '../domain/competition-machine.ts';
import { feasibilitySchema } from '../domain/feasibility-parts.ts';
import {
  changeSchema,
  listedDetailsSchema,
  listingFactsSchema,
  participationSchema,
} from '../domain/listing.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const suggestionStates = ['asked', 'entered', 'watched', 'ignored'] as const;

const listingRow = row({
  slug: z.string(),
  competitionId: z.uuid(),
  title: z.string(),
  state: z.enum(competitionStates),
  requestedAt: timestamp.nullable(),
  details: listedDetailsSchema,
  feasibility: feasibilitySchema.nullable().catch(null),
  watched: z.record(z.string(), z.unknown()),
  fingerprint: z.string(),
  firstSeenAt: timestamp,
  changedAt: timestamp.nullable(),
  closedAt: timestamp.nullable(),
  /** Null until its pages and files were read. */
  facts: listingFactsSchema.nullable(),
  readAt: timestamp.nullable(),
  readFingerprint: z.string().nullable(),
  readDueAt: timestamp.nullable(),
  readFailures: z.number().int(),
  readError: z.string().nullable(),
  overrides: z.record(z.string(), z.number()),
  suggestion: z.enum(suggestionStates).nullable(),
  suggestedAt: timestamp.nullable(),
  suggestedFor: z.string().nullable(),
  timesSuggested: z.number().int(),
  participation: participationSchema.nullable().catch(null),
  participationAt: timestamp.nullable(),
  rulesDeclined: z.boolean(),
});
/** A competition as discovery knows it. */
export type Listing = z.output<typeof listingRow>;

/** One competition of the vendor's list, judged. */
export type ListingEntry = {
  slug: string;
  title: string;
  details: Record<string, unknown>;
  feasibility: unknown;
  /** What is noticed when it changes. */
  watched: Record<string, unknown>;
  /** Of the whole entry. */
  fingerprint: string;
  isOpen: boolean;
};

const recordedAnswer = z.object({ new: z.array(z.string()), changed: z.array(z.string()) });

/** Stores one page of the list: what is new is told, what changed is noted, what is as it was costs no write. */
export function recordListings(
  state: StatePort,
  entries: readonly ListingEntry[],
  actor: Actor,
): Promise<z.output<typeof recordedAnswer>> {
  return state.call('record_listings', { p_entries: entries, p_actor: actor }, recordedAnswer);
}

/**
 * After a look: closes what is past its end, and what two whole lists in a row did not hold.
 * @returns the slugs that were closed now
 */
export function closeListings(
  state: StatePort,
  input: { seen: readonly string[]; isWhole: boolean; now: Date; actor: Actor },
): Promise<string[]> {
  return state.call(
    'close_listings',
    { p_seen: input.seen, p_is_whole: input.isWhole, p_now: input.now, p_actor: input.actor },
    z.array(z.string()),
  );
}

export function listListings(state: StatePort): Promise<Listing[]> {
  return state.call('list_listings', { p_slug: null }, z.array(listingRow));
}

/** @returns null for a competition that was never in the list */
export async function findListing(state: StatePort, slug: string): Promise<Listing | null> {
  const [found] = await state.call('list_listings', { p_slug: slug }, z.array(listingRow));
  return found ?? null;
}

export type StoredPages = {
  slug: string;
  pages: readonly { name: string; content: string; hash: string }[];
  files: readonly { name: string; sizeBytes: number }[];
  data: { hash: string; files: number; bytes: number };
  facts: Record<string, unknown>;
  fingerprint: string;
  dueAt: Date;
  now: Date;
  actor: Actor;
};

/** Keeps what a competition's pages and files said. @returns what differs from the reading before */
export function storePages(state: StatePort, input: StoredPages): Promise<z.output<typeof changeSchema>[]> {
  return state.call(
    'store_competition_pages',
    {
      p_slug: input.slug,
      p_pages: input.pages,
      p_files: input.files,
      p_data: input.data,
      p_facts: input.facts,
      p_fingerprint: input.fingerprint,
      p_due_at: input.dueAt,
      p_now: input.now,
      p_actor: input.actor,
    },
    z.array(changeSchema),
  );
}

export async function noteReadFailure(
  state: StatePort,
  input: { slug: string; error: string; dueAt: Date },
): Promise<void> {
  await state.call(
    'note_read_failure',
    { p_slug: input.slug, p_error: input.error, p_due_at: input.dueAt },
    z.number().nullable(),
  );
}

export async function setFeasibility(state: StatePort, slug: string, feasibility: unknown): Promise<void> {
  await state.call('set_feasibility', { p_slug: slug, p_feasibility: feasibility }, z.uuid().nullable());
}

/** A person sets a factor; null gives it back. @returns all that are set, or null for a slug that was never listed */
export function overrideFeasibility(
  state: StatePort,
  input: { slug: string; factor: string; value: number | null; actor: Actor },
): Promise<Record<string, number> | null> {
  return state.call(
    'override_feasibility',
    { p_slug: input.slug, p_factor: input.factor, p_value: input.value, p_actor: input.actor },
    z.record(z.string(), z.number()).nullable(),
  );
}

const suggestedAnswer = z.object({ outcome: z.enum(['asked', 'full', 'no_longer']) });

/**
 * Asks whether to enter a competition.
 * @returns `full`: people were asked often enough today; `no_longer`: it was asked or settled meanwhile
 */
export async function suggestCompetition(
  state: StatePort,
  input: {
    slug: string;
    draft: unknown;
    suggestedFor: string;
    dayStart: Date;
    mostADay: number;
    slaSeconds: number;
    actor: Actor;
  },
): Promise<z.output<typeof suggestedAnswer>['outcome']> {
  const { outcome } = await state.call(
    'suggest_competition',
    {
      p_slug: input.slug,
      p_draft: input.draft,
      p_for: input.suggestedFor,
      p_day_start: input.dayStart,
      p_most_a_day: input.mostADay,
      p_sla_seconds: input.slaSeconds,
      p_actor: input.actor,
    },
    suggestedAnswer,
  );
  return outcome;
}

const unsettledRow = row({
  id: z.uuid(),
  slug: z.string(),
  competitionId: z.uuid(),
  status: z.enum(['decided', 'expired', 'withdrawn']),
  option: z.string().nullable(),
  decidedBy: actorSchema.nullable(),
  /** As the database says it: more exact than a Date. */
  decidedAt: z.string(),
});
export type UnsettledSuggestion = z.output<typeof unsettledRow>;

/** Answers to suggestions that were not carried out yet, the oldest first. */
export function listUnsettledSuggestions(state: StatePort): Promise<UnsettledSuggestion[]> {
  return state.call('list_unsettled_suggestions', {}, z.array(unsettledRow));
}

export async function settleSuggestion(
  state: StatePort,
  input: { slug: string; suggestion: (typeof suggestionStates)[number]; decidedAt: string },
): Promise<void> {
  await state.call(
    'settle_suggestion',
    { p_slug: input.slug, p_suggestion: input.suggestion, p_decided_at: input.decidedAt },
    z.string().nullable(),
  );
}

/** How our account stands in competitions that it entered; what is left out stays as it was. */
export async function recordParticipation(
  state: StatePort,
  entries: readonly { slug: string; participation: Partial<z.output<typeof participationSchema>> }[],
  now: Date,
): Promise<void> {
  await state.call('record_participation', { p_entries: entries, p_now: now }, z.number());
}

const pageRow = row({ name: z.string(), content: z.string(), hash: z.string(), readAt: timestamp });

/** The pages of a competition as they were read last, each cut to a length that is worth keeping. */
export function listStoredPages(state: StatePort, slug: string): Promise<z.output<typeof pageRow>[]> {
  return state.call('list_competition_pages', { p_slug: slug }, z.array(pageRow));
}

const changeRow = row({
  id: z.number().int(),
  slug: z.string(),
  title: z.string(),
  isRequested: z.boolean(),
  /** It is worked on, or people were asked about it and did not ignore it. */
  isFollowed: z.boolean(),
  what: z.string(),
  old: z.unknown(),
  new: z.unknown(),
  at: timestamp,
});
export type ListedChange = z.output<typeof changeRow>;

/** What was noticed between two moments, oldest first. @param slug null: of all competitions */
export function listChanges(
  state: StatePort,
  input: { slug: string | null; from: Date; to: Date; limit: number },
): Promise<ListedChange[]> {
  return state.call(
    'list_competition_changes',
    { p_slug: input.slug, p_from: input.from, p_to: input.to, p_limit: input.limit },
    z.array(changeRow),
  );
}

const historyAnswer = z.object({
  count: z.number().int(),
  hours: z.number().nullable(),
  usd: z.number().nullable(),
});

/** What completed competitions took: hours of the middle one, US dollars on average. */
export function readHistory(state: StatePort): Promise<z.output<typeof historyAnswer>> {
  return state.call('read_history', {}, historyAnswer);
}

export type DiscoveryCounts = Readonly<Record<string, number>>;

export function beginDiscovery(state: StatePort): Promise<number> {
  return state.call('begin_discovery', {}, z.number().int());
}

export async function endDiscovery(
  state: StatePort,
  input: { id: number; isWhole: boolean; counts: DiscoveryCounts; errorCode: string | null },
): Promise<void> {
  await state.call(
    'end_discovery',
    { p_id: input.id, p_is_whole: input.isWhole, p_counts: input.counts, p_error_code: input.errorCode },
    z.number().nullable(),
  );
}

const runRow = row({
  id: z.number().int(),
  startedAt: timestamp,
  endedAt: timestamp,
  isWhole: z.boolean(),
  counts: z.record(z.string(), z.number()),
  errorCode: z.string().nullable(),
});

/** The last look that came to its end; null before the first. */
export function lastDiscovery(state: StatePort): Promise<z.output<typeof runRow> | null> {
  return state.call('last_discovery', {}, runRow.nullable());
}
