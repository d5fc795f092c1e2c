import { z } from 'zod';
import { count, enumName, flag, integer, list, moment, optionalCount, optionalText, text } from './fields.ts';

/**
 * Kaggle's answers, as far as we read them; fields that we do not name are ignored.
 * Source: Kaggle/kagglesdk competitions types.
 */

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

export const topicsSchema = z.object({
  topics: list(
    z.object({ id: integer, title: text, topicUrl: optionalText, votes: count, commentCount: count }),
  ),
});

const messageSchema = z.object({
  content: text,
  rawMarkdown: optionalText,
  votes: count,
  isDeleted: flag,
});
export const messagesSchema = z.object({
  messages: list(messageSchema.extend({ replies: list(messageSchema) })),
});
export type RawMessage = z.output<typeof messageSchema>;

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
