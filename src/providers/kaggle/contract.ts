import type { Readable } from 'node:stream';
import type { Secret } from '../../config/secret.ts';
import type { ForumCalls } from './forum-contract.ts';
import type { NotebookCalls } from './notebooks-contract.ts';

/** What every call takes. Time limits of single calls are the client's own. */
export type CallOptions = { signal: AbortSignal };

export type KaggleCredentials =
  | { kind: 'bearer'; token: Secret }
  | { kind: 'basic'; username: string; key: Secret };

export type KaggleAccount = { username: string; userId: number | null };

/** A competition as it looks to our account. */
export type KaggleCompetition = {
  slug: string;
  title: string;
  /** Of the competition's page; `<url>/rules` is where a person accepts the rules. */
  url: string;
  description: string;
  organization: string | null;
  /** As shown: `Featured`, `Playground`, `Getting Started`. */
  category: string | null;
  /** As shown: `$105,000`, `Knowledge`. */
  reward: string | null;
  tags: readonly string[];
  launchedAt: Date | null;
  deadline: Date | null;
  /** After it an account that has not entered no longer can. */
  newEntrantDeadline: Date | null;
  mergerDeadline: Date | null;
  teamCount: number;
  /** The rules are accepted. */
  hasEntered: boolean;
  rank: number | null;
  /** Per team and UTC day. */
  maxDailySubmissions: number | null;
  maxTeamSize: number | null;
  /** Kaggle's name of the metric, which tells no direction. */
  metricText: string | null;
  /** A code competition: it takes notebooks, no files. */
  takesNotebooksOnly: boolean;
  submissionsDisabled: boolean;
  /** Medals and points are given here. */
  awardsPoints: boolean;
};

export const competitionTabs = ['general', 'entered', 'community', 'everything'] as const;

export type CompetitionQuery = {
  /** Default everything. */
  tab?: (typeof competitionTabs)[number];
  /** Free text, matched loosely by Kaggle. */
  search?: string;
  sortBy?:
    | 'best'
    | 'prize'
    | 'earliest_deadline'
    | 'latest_deadline'
    | 'number_of_teams'
    | 'recently_created';
  /** Stop after so many competitions. */
  maxItems?: number;
};

/** `description`, `rules`, `evaluation`, `data-description` and the host's own; markdown or HTML. */
export type CompetitionPage = { name: string; content: string };

export type DataSummary = {
  fileCount: number;
  totalBytes: number;
  /** By extension, without its dot and in lower case. */
  types: readonly { extension: string; fileCount: number; totalBytes: number }[];
};

export type DataFile = { name: string; sizeBytes: number; createdAt: Date | null };

type DownloadPart = 'transfer' | 'unpacking';

export type DownloadOptions = CallOptions & {
  /**
   * Ours alone, and the same for every call about these data: what an earlier one left, of whatever process, is gone
   * on with. The caller removes it once all that was taken is where it belongs.
   */
  folder: string;
  /**
   * Takes the bytes of one file, to their end; several files are under way at once. The size is null where only the
   * end tells it.
   */
  take: (file: { name: string; sizeBytes: number | null }, body: Readable) => Promise<void>;
  /** True for a file that an earlier call has taken: it does not come again. */
  isTaken?: (file: UnpackedFile) => boolean;
  /** Null total when Kaggle does not say. */
  onProgress?: (progress: { phase: DownloadPart; doneBytes: number; totalBytes: number | null }) => void;
  /** Asked before the first byte of each part, with what is still to come of it; what it throws ends the call. */
  requireSpace?: (need: { phase: DownloadPart; bytes: number }) => Promise<void>;
  /** Default 20 GB, packed. */
  maxBytes?: number;
  /** Of the unpacked files together; default 60 GB. */
  maxUnpackedBytes?: number;
};

/** A file of a competition as it came out of the archive; `name` is its path with forward slashes. */
export type UnpackedFile = { name: string; sizeBytes: number };

/** A file on our disk; `name` is its path among the competition's files, with forward slashes. */
export type LocalFile = { name: string; path: string; sizeBytes: number };

export type SubmissionLimits = {
  /** How many our team may still send today. */
  remainingToday: number;
  usedToday: number;
  /** Null when Kaggle does not say. */
  usedInAll: number | null;
  /** The competition's limit in all is what binds, not the daily one. */
  isLimitedInAll: boolean;
  /** The next midnight UTC. */
  resetsAt: Date;
};

/** The place where a submission file goes. Good for days, for one file. */
export type UploadSession = {
  /** Names the uploaded file in `createSubmission`. */
  token: string;
  /** Lets anybody who has it upload; not for logs. */
  url: string;
  fileName: string;
  sizeBytes: number;
};

export type NewSubmission = {
  token: string;
  /** Holds our key, by which the submission is found again. Letters, digits, spaces and `.,:;_-=()#` only. */
  description: string;
};

export const submissionStatuses = ['pending', 'complete', 'error', 'unknown'] as const;

export type KaggleSubmission = {
  ref: number;
  status: (typeof submissionStatuses)[number];
  submittedAt: Date | null;
  description: string;
  fileName: string;
  /** Kaggle's text, kept as it is; null until scored. */
  publicScore: string | null;
  /** Null until the competition has ended. */
  privateScore: string | null;
  errorDescription: string | null;
  teamName: string | null;
  submittedBy: string | null;
};

export type FoundSubmission = KaggleSubmission & {
  /** Other submissions with the same key: a late arrival that must be flagged. */
  duplicateRefs: readonly number[];
};

export type LeaderboardEntry = {
  /** Position, from 1. */
  rank: number;
  teamId: number;
  teamName: string;
  score: string | null;
  submittedAt: Date | null;
};

export type LeaderboardRow = LeaderboardEntry & {
  submissionCount: number | null;
  memberUsernames: readonly string[];
};

/**
 * Kaggle in our words. Every method fails only as a Failure (or with the signal's reason), in these codes:
 * configuration: `kaggle.unauthorized`, `.forbidden`, `.refused`;
 * business: `.unknown_competition`, `.rules_not_accepted`, `.entry_closed`, `.deadline_passed`,
 * `.submissions_disabled`, `.code_competition`, `.daily_limit`, `.verification_required`, `.invitation_only`,
 * `.access_denied`, `.submission_refused`,
 * `.not_found`, `.request_refused`, `.file_changed`, `.too_large`, `.unsafe_archive`, `.damaged_archive`,
 * `.unsupported_archive`;
 * transient: `.busy`, `.failing`, `.timeout`, `.unreachable`, `.unavailable`, `.outcome_unknown`,
 * `.upload_expired`, `.link_expired`, `.incomplete`, `.stalled`, `.corrupt_download`;
 * system: `.bad_description`, `.bad_response`, `.response_too_large`, `.unsafe_target`, `disk.full`.
 */
export type KaggleClient = NotebookCalls &
  ForumCalls & {
    whoAmI(options: CallOptions): Promise<KaggleAccount>;
    /** All pages, unless `maxItems` says less. */
    listCompetitions(query: CompetitionQuery, options: CallOptions): Promise<KaggleCompetition[]>;
    /**
     * The same a page at a time, so that a page that fails loses none before it. Asks for the longest pages that are
     * worth trying, and for the usual ones where those are refused.
     */
    competitionPages(
      query: CompetitionQuery,
      options: CallOptions,
    ): AsyncIterable<readonly KaggleCompetition[]>;
    /** Numbers of the data files, in one call however many there are. */
    dataSummary(slug: string, options: CallOptions): Promise<DataSummary>;
    /** @returns null when no competition has exactly this slug, as far as our account can see */
    findCompetition(slug: string, options: CallOptions): Promise<KaggleCompetition | null>;
    listPages(slug: string, options: CallOptions): Promise<CompetitionPage[]>;
    /** @param options maxItems: stop reading there */
    listFiles(slug: string, options: CallOptions & { maxItems?: number }): Promise<DataFile[]>;
    /**
     * Fetches all data files and hands them on unpacked, without writing them to disk. Kaggle's limit on downloads is
     * strict: `kaggle.busy` says with `retryAfterMs` when the next call may come at the earliest.
     * @returns the files, by name
     */
    downloadData(slug: string, options: DownloadOptions): Promise<UnpackedFile[]>;
    submissionLimits(slug: string, options: CallOptions): Promise<SubmissionLimits>;
    /** Step 1 of 3; may be repeated, costs nothing. */
    startUpload(
      slug: string,
      file: { path: string; fileName: string },
      options: CallOptions,
    ): Promise<UploadSession>;
    /** Step 2 of 3; may be repeated. `resume` when an earlier process may have sent a part. */
    uploadFile(
      session: UploadSession,
      path: string,
      options: CallOptions & { resume?: boolean },
    ): Promise<void>;
    /**
     * Step 3 of 3, which counts against the day and must not be repeated blindly.
     * @throws BusinessFailure when Kaggle surely refused; TransientFailure `kaggle.outcome_unknown` when the
     * submission may exist: look it up by its description; any other TransientFailure: surely nothing happened.
     */
    createSubmission(slug: string, submission: NewSubmission, options: CallOptions): Promise<{ ref: number }>;
    /** All of our team, newest first; `selected`: only those that are ticked to count at the end. */
    listSubmissions(
      slug: string,
      options: CallOptions & { group?: 'all' | 'selected' },
    ): Promise<KaggleSubmission[]>;
    /** The oldest submission whose description is or contains the key as a word; null when there surely is none. */
    findSubmissionByDescription(
      slug: string,
      key: string,
      options: CallOptions,
    ): Promise<FoundSubmission | null>;
    /** The best `maxRows` teams (default 100). */
    leaderboard(slug: string, options: CallOptions & { maxRows?: number }): Promise<LeaderboardEntry[]>;
    /** The whole board. */
    downloadLeaderboard(slug: string, options: CallOptions): Promise<LeaderboardRow[]>;
  };

/** The end of a practice competition: what no real Kaggle tells before its deadline. */
export type PracticeResult = {
  submissions: readonly {
    ref: number;
    publicScore: number | null;
    privateScore: number | null;
    /** On all hidden rows. */
    overallScore: number | null;
    /** Place among all entrants by the overall score, were this our choice. */
    rank: number | null;
  }[];
  board: {
    /** Our choice: the submission that was named, else the best by public score; null without a scored one. */
    chosenRef: number | null;
    rankOfTeam: number | null;
    /** All of them, ourselves included; null when the judge does not say. */
    entrantCount: number | null;
    /** The best, and every reference entrant, by their score on all hidden rows. */
    entrants: readonly {
      name: string;
      score: number | null;
      /** A reference model, a team of the real leaderboard, or ourselves. */
      kind: 'reference' | 'real' | 'own' | 'unknown';
      rank: number | null;
    }[];
  };
};

/** The practice arena's own judge; Kaggle has nothing like it. */
export type PracticeJudge = {
  /**
   * Ends practice for our account: the deadline counts as passed and all scores are told. Repeatable.
   * @param options `ref` is the submission that we stand by; without it the best by public score counts
   */
  closePractice(slug: string, options: CallOptions & { ref?: number }): Promise<PracticeResult>;
  /** Starts practice anew; earlier submissions are put aside. Repeatable. */
  openPractice(slug: string, options: CallOptions): Promise<void>;
};
