import { z } from 'zod';

/**
 * Kaggle's answers, as far as we read them. Kaggle leaves out every field with a default value
 * (false, 0, empty), so each one has its default here; fields that we do not name are ignored.
 * Source: Kaggle/kagglesdk competitions types, `kaggle_object.py`.
 */

/** int64 is a number in all that was observed; proto JSON allows a numeric text. */
const integer = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
const count = integer.nullish().transform((value) => value ?? 0);
const optionalCount = integer.nullish().transform((value) => value ?? null);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
/** Empty counts as absent. A score is a text in all that was observed; a number says the same. */
const optionalText = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === undefined || value === null || value === '' ? null : String(value)));
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/** UTC with 0 to 7 fraction digits; an unreadable one counts as absent. */
const moment = z
  .string()
  .nullish()
  .transform((value) => {
    if (value === undefined || value === null || value === '') return null;
    const date = new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`);
    return Number.isNaN(date.getTime()) ? null : date;
  });

/** Enum values come as full names, in any case, with or without their prefix, or as numbers. */
const enumName = (prefix: string) =>
  z
    .union([z.string(), z.number()])
    .nullish()
    .transform((value) => String(value ?? '').toUpperCase())
    .transform((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));

export const competitionSchema = z.object({
  ref: text,
  title: text,
  url: text,
  description: text,
  organizationName: optionalText,
  category: optionalText,
  reward: optionalText,
  tags: list(z.object({ name: optionalText, ref: optionalText })),
  enabledDate: moment,
  deadline: moment,
  newEntrantDeadline: moment,
  mergerDeadline: moment,
  teamCount: count,
  userHasEntered: flag,
  userRank: optionalCount,
  maxDailySubmissions: optionalCount,
  maxTeamSize: optionalCount,
  evaluationMetric: optionalText,
  isKernelsSubmissionsOnly: flag,
  submissionsDisabled: flag,
  awardsPoints: flag,
});

export type RawCompetition = z.output<typeof competitionSchema>;

export const competitionListSchema = z.object({ competitions: list(competitionSchema), nextPageToken: text });

export const pagesSchema = z.object({ pages: list(z.object({ name: text, content: text })) });

export const filesSchema = z.object({
  files: list(z.object({ ref: text, name: optionalText, totalBytes: count, creationDate: moment })),
  nextPageToken: text,
});

export const dataSummarySchema = z.object({
  fileSummaryInfo: z
    .object({
      totalFileCount: count,
      fileTypes: list(z.object({ extension: text, fileCount: count, totalSize: count })),
    })
    .nullish()
    .transform((value) => value ?? { totalFileCount: 0, fileTypes: [] }),
});

export const limitsSchema = z.object({
  numToday: count,
  numTotal: count,
  numAllowedNow: count,
  limitedByTotal: flag,
});

export const uploadStartSchema = z.object({ token: z.string().min(1), createUrl: z.string().min(1) });

export const createdSchema = z.object({ ref: integer.refine((ref) => ref > 0) });

export const submissionSchema = z.object({
  ref: integer,
  date: moment,
  status: enumName('SUBMISSION_STATUS_'),
  publicScore: optionalText,
  privateScore: optionalText,
  errorDescription: optionalText,
  description: text,
  fileName: text,
  teamName: optionalText,
  submittedBy: optionalText,
  submittedByRef: optionalText,
});

export const submissionListSchema = z.object({ submissions: list(submissionSchema), nextPageToken: text });

export const leaderboardSchema = z.object({
  submissions: list(z.object({ teamId: count, teamName: text, submissionDate: moment, score: optionalText })),
  nextPageToken: text,
});

export const introspectionSchema = z.object({ active: flag, username: text, userId: optionalCount });

/** Both shapes of a refusal's body. */
export const refusalSchema = z.object({
  code: z.number().optional(),
  message: z.string().optional(),
  error: z
    .object({ code: z.number().optional(), message: z.string().optional(), status: z.string().optional() })
    .optional(),
});
