import { z } from 'zod';
import { metricNames } from '../domain/metrics/catalog.ts';
import { modalities } from '../domain/problem.ts';

const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower case letters, digits and hyphens');
const columns = z.array(z.string().min(1)).min(1);

const orNull = <T>(value: T | null | undefined): T | null => value ?? null;
const optionalDate = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .nullish()
  .transform(orNull);

/**
 * competition.json of a competition's folder, beside `public/*.csv` and `private/solution.csv`.
 * Fields that are not listed here (sources, licence, row counts …) are allowed and left alone.
 */
export const competitionFileSchema = z.object({
  slug,
  title: z.string().min(1),
  description: z.string().default(''),
  modality: z.enum(modalities),
  task: z
    .enum([
      'binary',
      'multiclass',
      'regression',
      'binary-classification',
      'multiclass-classification',
      'multi-class-classification',
    ])
    .transform((task) => {
      if (task === 'regression') return 'regression' as const;
      return task.startsWith('binary') ? ('binary' as const) : ('multiclass' as const);
    }),
  metric: z.object({
    name: z.enum(metricNames),
    /** Only checked: the metric itself says which way is better. */
    direction: z.enum(['maximize', 'minimize']).optional(),
    /** K of MAP@K. */
    k: z.number().int().positive().max(1000).optional(),
    note: z.string().optional(),
  }),
  idColumn: z.string().min(1),
  /** Columns of train.csv to predict. */
  targetColumns: columns,
  /** Columns of a submission beside the id. */
  submissionColumns: columns,
  /** When the competition ends; null: never by itself. */
  deadline: optionalDate,
  /** What the rows and columns are, for the data page. */
  dataDescription: z.string().optional(),
  licence: z.string().optional(),
  /** False: the account has not joined; a person has to accept the rules first. */
  rulesAccepted: z.boolean().default(true),
  dailySubmissions: z.number().int().positive().default(10),
  category: z.string().default('Getting Started'),
  reward: z.string().default('Knowledge'),
  teamSize: z.number().int().positive().default(10),
  isKernelsOnly: z.boolean().default(false),
  /** What a code competition allows a notebook; null: no cap. */
  notebooks: z
    .object({
      cpuMinutes: z.number().positive().nullable().default(null),
      gpuMinutes: z.number().positive().nullable().default(null),
      allowsInternet: z.boolean().default(false),
    })
    .prefault({}),
  submissionsDisabled: z.boolean().default(false),
  /** True: submissions are taken after the deadline too; their scores show, and they change no leaderboard. */
  allowsLateSubmissions: z.boolean().default(false),
  /** When private scores show; null: at the deadline. */
  privateScoresAt: optionalDate,
  enabledAt: optionalDate,
  /** After it nobody can join any more. */
  newEntrantDeadline: optionalDate,
  mergerDeadline: optionalDate,
  /** True: the account has joined, and yet may not take part before a person has verified its identity. */
  needsVerification: z.boolean().default(false),
  /** True: joining takes an invitation. */
  isInvitationOnly: z.boolean().default(false),
  /** True: as if it were not there. */
  isHidden: z.boolean().default(false),
  /** False: nobody sees the leaderboard, as before a start or where the host hides it. */
  hasLeaderboard: z.boolean().default(true),
  awardsPoints: z.boolean().default(false),
  organization: z.string().default('Practice arena'),
  /** Teams that the list speaks of; null: those of the leaderboard. */
  teamCount: z
    .number()
    .int()
    .nonnegative()
    .nullish()
    .transform((count) => count ?? null),
  /** Further rules, for the rules page. */
  rules: z.string().optional(),
  /** What the list calls the metric; the empty text: nothing, as some competitions do. Default: the metric's name. */
  evaluationMetric: z.string().optional(),
  /** Texts that pages have instead of their own, and pages of the host beside the usual ones, by name. */
  pages: z.record(z.string(), z.string()).default({}),
  /** Submissions of a team in all; null: only the days are limited. */
  totalSubmissions: z.number().int().positive().nullable().default(null),
});

export type CompetitionFile = z.output<typeof competitionFileSchema>;

const score = z.number().nullable();

/** entrants.json: reference entrants of ours, each with its scores on the hidden rows. */
export const entrantsFileSchema = z.array(
  z.object({ name: z.string().min(1), public: score, private: score, overall: score }),
);

export type Entrant = z.output<typeof entrantsFileSchema>[number];

const postSchema = z.object({
  author: z.string(),
  content: z.string(),
  votes: z.number().int().default(0),
  at: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
});

/** topics.json: the forum of a competition, each topic with its messages, the first of which opens it. */
export const topicsFileSchema = z.array(
  z.object({
    title: z.string().min(1),
    isSticky: z.boolean().default(false),
    messages: z.array(postSchema).min(1),
  }),
);

export type Topic = z.output<typeof topicsFileSchema>[number];

export const usages = ['Public', 'Private', 'Ignored'] as const;

/** The hidden labels, aligned row by row. */
export type Solution = {
  ids: readonly string[];
  /** One list of cells per submission column, in that order. */
  columns: readonly (readonly string[])[];
  usage: readonly (typeof usages)[number][];
};

export type PublicFile = { name: string; path: string; sizeBytes: number; modifiedAt: Date };

/** A competition as the arena serves it. */
export type Competition = CompetitionFile & {
  folder: string;
  direction: 'maximize' | 'minimize';
  files: readonly PublicFile[];
  /** Files of `private/rerun`: a handed-in notebook finds them in place of the public ones of the same name. */
  rerunFiles: readonly PublicFile[];
  /** Rows of train.csv; null when nobody counted them. */
  trainRows: number | null;
  solution: Solution;
  entrants: readonly Entrant[];
  /** Scores of the real leaderboard, best first; empty where none was kept. */
  realScores: readonly number[];
  topics: readonly Topic[];
};
