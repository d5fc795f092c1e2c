import { asFailure } from '../domain/errors.ts';
import type { ArenaLog } from './behaviour.ts';
import { competitionFolders } from './catalog.ts';
import { loadCompetition } from './competition.ts';
import type { Competition } from './competition-schema.ts';

/** A folder that is not served, or whose name another one has taken. */
export type SkippedFolder = { folder: string; message: string };

/** What a host may change while a competition runs. */
export type CompetitionChanges = Partial<
  Pick<
    Competition,
    | 'title'
    | 'description'
    | 'deadline'
    | 'newEntrantDeadline'
    | 'reward'
    | 'metric'
    | 'dailySubmissions'
    | 'rulesAccepted'
    | 'submissionsDisabled'
    | 'needsVerification'
    | 'isInvitationOnly'
    | 'isHidden'
    | 'hasLeaderboard'
    | 'rules'
    | 'pages'
    | 'evaluationMetric'
    | 'totalSubmissions'
    | 'allowsLateSubmissions'
    | 'privateScoresAt'
  >
>;

export type Served = {
  /** By slug; it changes while the arena runs. */
  competitions: ReadonlyMap<string, Competition>;
  skipped: readonly SkippedFolder[];
  /** Serves one more. @throws ConfigurationFailure `arena.bad_competition` */
  add(folder: string): Promise<Competition>;
  /** It is as if it never was. */
  remove(slug: string): void;
  change(slug: string, changes: CompetitionChanges): void;
};

/**
 * Loads the competitions of these folders; one that cannot be judged is skipped.
 * @param listed further ones, which have no data
 */
export async function loadServed(options: {
  folders: readonly string[];
  listed: readonly Competition[];
  log: ArenaLog;
}): Promise<Served> {
  const competitions = new Map<string, Competition>();
  const skipped: SkippedFolder[] = [];
  const skip = (folder: string, message: string) => {
    skipped.push({ folder, message });
    options.log.warn({ folder, reason: message }, 'arena competition skipped');
  };
  for (const folder of await competitionFolders(options.folders)) {
    try {
      const competition = await loadCompetition(folder, { publicFiles: 'trust' });
      const { slug } = competition;
      const other = competitions.get(slug);
      if (other === undefined) competitions.set(slug, competition);
      else skip(folder, `${folder} is not served because ${other.folder} has the same name, ${slug}.`);
    } catch (error) {
      skip(folder, asFailure(error).message);
    }
  }
  for (const competition of options.listed) {
    if (!competitions.has(competition.slug)) competitions.set(competition.slug, competition);
  }
  return {
    competitions,
    skipped,
    async add(folder) {
      const competition = await loadCompetition(folder, { publicFiles: 'trust' });
      competitions.set(competition.slug, competition);
      return competition;
    },
    remove: (slug) => void competitions.delete(slug),
    change(slug, changes) {
      const competition = competitions.get(slug);
      if (competition !== undefined) competitions.set(slug, { ...competition, ...changes });
    },
  };
}
