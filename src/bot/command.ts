import type { RequestedLimits } from '../domain/command-results.ts';
import type { Verb } from './commands.ts';

/** What a person said, understood. */
export type Command =
  | {
      verb: 'start';
      slug: string;
      limits: RequestedLimits;
      priority: number | null;
    }
  | OnOneCompetition
  | { verb: 'list' }
  | { verb: 'logs'; slug: string | null; limit: number }
  | { verb: 'decide'; target: string | null; option: string | null; note: string | null }
  | { verb: 'help'; topic: Verb | null };

type SlugAlone = 'pause' | 'resume' | 'stop' | 'status' | 'leaderboard' | 'budget';
type OnOneCompetition = { [One in SlugAlone]: { verb: One; slug: string | null } }[SlugAlone];
