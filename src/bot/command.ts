import type { BudgetScope, RequestedLimits } from '../domain/command-results.ts';
import type { DiscoverFilter } from '../domain/discovery-results.ts';
import type { FactorName } from '../domain/feasibility.ts';
import type { Assignment } from '../domain/parameters.ts';
import type { ConfigName, ListFilter, Period, Verb } from './commands.ts';

type Public = { isPublic: boolean };

/** What a person said, understood. */
export type Command =
  | {
      verb: 'start';
      /** Null: a form asks for it. */
      slug: string | null;
      limits: RequestedLimits;
      priority: number | null;
    }
  | OnOneCompetition
  | LookAtOne
  | ({ verb: 'research'; slug: string | null; page?: number } & Public)
  | ({ verb: 'tree'; slug: string | null } & Public)
  /** `which`: its number or its name; null: the tree is shown. */
  | ({ verb: 'node'; slug: string | null; which: string | null } & Public)
  | ({ verb: 'compare'; slug: string | null } & Public)
  /** `forget`: the id of a lesson that is to count no more. */
  | ({ verb: 'lessons'; slug: string | null; forget: string | null } & Public)
  | { verb: 'params'; slug: string | null; approach: string | null; values: readonly Assignment[] }
  | ({ verb: 'leaderboard'; slug: string | null; period?: Period } & Public)
  | ({ verb: 'list'; filter: ListFilter; page: number } & Public)
  | ({ verb: 'discover'; filter: DiscoverFilter; page: number } & Public)
  | ({ verb: 'why'; slug: string | null; change: FactorChange | null } & Public)
  | ({ verb: 'logs'; about: 'competition'; slug: string | null; limit: number; onlyErrors?: true } & Public)
  | ({ verb: 'logs'; about: 'decisions' } & Public)
  | ({ verb: 'budget'; slug: string | null; change: BudgetChange | null } & Public)
  | { verb: 'decide'; target: string | null; option: string | null; note: string | null }
  | { verb: 'config'; change: { name: ConfigName; value: string } | null }
  | { verb: 'help'; topic: Verb | null };

/** A factor of the feasibility that a person sets; null gives it back. */
export type FactorChange = { factor: FactorName; value: number | null };

export type BudgetChange = { scope: BudgetScope; usd: number; reason: string | null };

type SlugAlone = 'pause' | 'resume' | 'stop';
/** `allGpus`: every rented machine is meant, and no competition. */
type OnOneCompetition = {
  [One in SlugAlone]: { verb: One; slug: string | null; allGpus?: true };
}[SlugAlone];
type LookVerb = 'status';
type LookAtOne = { [One in LookVerb]: { verb: One; slug: string | null } & Public }[LookVerb];

/** What is wrong with the words behind a verb; the words for it are in the catalogues (`answers:usage.<is>`). */
export type Problem =
  | { is: 'no_slug'; typed: string }
  | { is: 'two_slugs'; first: string; second: string }
  | { is: 'unknown_option'; name: string; verb: Verb }
  | { is: 'not_whole'; name: string }
  | { is: 'not_money'; name: string }
  | { is: 'not_share'; name: string }
  | { is: 'out_of_range'; name: string; min: string; max: string }
  | { is: 'unknown_word'; typed: string; choices: string }
  | { is: 'no_lesson'; typed: string }
  | { is: 'missing'; name: string };
