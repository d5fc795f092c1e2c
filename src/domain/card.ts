import { z } from 'zod';
import { actorSchema } from './actor.ts';
import { chartSchema } from './chart.ts';
import { competitionStates } from './competition-machine.ts';
import { decisionLinkSchema, decisionOptionSchema } from './decision.ts';
import { downloadViewSchema } from './download-view.ts';
import { runReasonSchema } from './gpu/run-reason.ts';
import { changeSchema } from './listing.ts';
import { searchSummarySchema } from './search-summary.ts';

const slug = z.string();
const title = z.string();
const usd = z.number();
const at = z.coerce.date();
const metric = z.object({ name: z.string(), direction: z.enum(['maximize', 'minimize']) });
const medalSchema = z.enum(['gold', 'silver', 'bronze']);
const standing = z.object({ rank: z.number().int().nullable(), entrants: z.number().int().nullable() });
const progress = z.object({ done: z.number(), total: z.number(), label: z.string() });

const bestSchema = standing.extend({
  approach: z.string(),
  cv: z.number().nullable(),
  score: z.number().nullable(),
  /** The best score before this one. */
  previous: z.number().nullable(),
  /** On all hidden rows, once the competition is over; else as the public leaderboard has it. */
  isFinal: z.boolean().optional(),
  /** The medal that the rank takes now, where medals are given; null: none. */
  medal: medalSchema.nullable().optional(),
});

/** The day in the readers' zone: what counts in days ("in 19 days") is told anew on each. */
const dayOfCard = z.string().optional();

/** Pages of training runs at the tracking service. */
const runs = z.array(z.object({ name: z.string(), url: z.string() })).optional();

/** One competition's living message, the root of its thread. */
const statusContent = z.object({
  kind: z.literal('status'),
  day: dayOfCard,
  slug,
  title,
  state: z.enum(competitionStates),
  resumeState: z.enum(competitionStates).nullable(),
  /** Waits for a place among the active ones. */
  isQueued: z.boolean(),
  /** Waits at a gate that a person has to open, or for a person's word on how it is judged. */
  waitsForPerson: z.boolean().nullish(),
  round: z.number().int(),
  maxRounds: z.number().int(),
  metric: metric.nullable(),
  best: bestSchema.nullable(),
  deadline: at.nullable(),
  submissionsToday: z.number().int(),
  submissionsPerDay: z.number().int().nullable(),
  stageSince: at.nullable(),
  progress: progress.nullable(),
  download: downloadViewSchema.nullish(),
  /** Names of the approaches at work. */
  activity: z.array(z.string()),
  /** Rented machines on which they are at work. */
  machines: z
    .array(
      z.object({
        approach: z.string(),
        title: z.string(),
        provider: z.string(),
        usdPerHour: usd,
        isStarting: z.boolean(),
      }),
    )
    .nullish(),
  /** Runs that have no machine yet. */
  waiting: z.array(z.object({ approach: z.string(), since: at, reason: runReasonSchema })).nullish(),
  competitionUsd: usd,
  gpuTodayUsd: usd,
  gpuDayCapUsd: usd.nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  outcome: z.string().nullable(),
  openDecisions: z.number().int(),
  chart: chartSchema.nullable(),
  /** The tree of solutions in a line. */
  search: searchSummarySchema.nullish(),
  /** Of `competitionUsd`, what language models cost. */
  modelUsd: usd.nullish(),
  /** Who asked for it. */
  startedBy: actorSchema.nullable(),
});

const decisionContent = z.object({
  kind: z.literal('decision'),
  decisionId: z.uuid(),
  slug,
  title,
  decisionKind: z.string(),
  question: z.string(),
  context: z.string(),
  /** Numbers that help to decide. */
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
  chart: chartSchema.nullable(),
  /** Where a person does what is asked. */
  link: decisionLinkSchema.nullish(),
  options: z.array(decisionOptionSchema),
  defaultOption: z.string(),
  /** Where it is another than the default. */
  recommendedOption: z.string().nullish(),
  askedAt: at,
  deadline: at,
  status: z.enum(['open', 'decided', 'expired', 'withdrawn']),
  option: z.string().nullable(),
  note: z.string().nullable(),
  decidedBy: actorSchema.nullable(),
  /** As others call them, as far as the platform told it. */
  decidedByName: z.string().nullable(),
  decidedAt: at.nullable(),
});

/** A reminder or an escalation of an open decision: a reply under its card. */
const nudgeContent = z.object({
  kind: z.literal('nudge'),
  step: z.enum(['reminder', 'escalation']),
  decisionId: z.uuid(),
  slug,
  question: z.string(),
  deadline: at,
  defaultLabel: z.string(),
  /** The decision is closed meanwhile. */
  isOver: z.boolean(),
});

/** What happened, told in the thread; `event` is the outbox event it tells of. */
const noticeContent = z.object({
  kind: z.literal('notice'),
  event: z.string(),
  slug,
  title,
  round: z.number().int().nullable(),
  toState: z.enum(competitionStates).nullable(),
  reason: z.string().nullable(),
  /** The same of a run that `names` names, for any language. */
  why: runReasonSchema.optional(),
  publicScore: z.number().nullable(),
  cv: z.number().nullable(),
  by: actorSchema.nullable(),
  /** What changed at the vendor. */
  changes: z.array(changeSchema).optional(),
  /** After the end: our place on the private board, and the medal that it takes where medals are given. */
  result: standing
    .extend({ score: z.number().nullable(), medal: medalSchema.nullable(), awardsMedals: z.boolean() })
    .optional(),
  /** Submissions that it is about, as people know them. */
  names: z.array(z.string()).optional(),
  /** Where it is to be seen, or done. */
  url: z.string().optional(),
});

const roundContent = z.object({
  kind: z.literal('round'),
  slug,
  title,
  round: z.number().int(),
  metric: metric.nullable(),
  seconds: z.number(),
  costUsd: usd,
  approaches: z.array(
    z.object({
      name: z.string(),
      cv: z.number().nullable(),
      cvSd: z.number().nullable(),
      publicScore: z.number().nullable(),
      error: z.string().nullable(),
    }),
  ),
  best: bestSchema.nullable(),
  /** What was decided to come next, in words of the agent. */
  next: z.string().nullable(),
  charts: z.array(chartSchema).max(2),
  /** Of the round's submission: what was mended in its file, why it waits, what to look at. */
  notes: z.array(z.string()).optional(),
  runs,
});

const startedContent = z.object({
  kind: z.literal('started'),
  slug,
  title,
  metric: metric.nullable(),
  deadline: at.nullable(),
  entrants: z.number().int().nullable(),
  maxRounds: z.number().int(),
  submissionsPerDay: z.number().int().nullable(),
  gpuDayCapUsd: usd.nullable(),
  isQueued: z.boolean(),
  by: actorSchema.nullable(),
});

const newBestContent = z.object({
  kind: z.literal('new_best'),
  slug,
  title,
  best: bestSchema,
  /** The rank before this score. */
  previousRank: z.number().int().nullable().optional(),
  costUsd: usd,
  runs,
});

const finishedContent = z.object({
  kind: z.literal('finished'),
  slug,
  title,
  state: z.enum(competitionStates),
  metric: metric.nullable(),
  best: bestSchema.nullable(),
  rounds: z.number().int(),
  submissions: z.number().int(),
  costUsd: usd,
  seconds: z.number(),
  outcome: z.string().nullable(),
  chart: chartSchema.nullable(),
  runs,
});

/** A competition that cannot go on by itself. */
const failedContent = z.object({
  kind: z.literal('failed'),
  slug,
  title,
  code: z.string(),
  message: z.string(),
});

/** Competitions that were seen for the first time, one message a day. */
const discoveredContent = z.object({
  kind: z.literal('discovered'),
  day: z.string(),
  /** All of them; the list holds the best. */
  count: z.number().int().optional(),
  competitions: z.array(
    z.object({ slug, title, deadline: at.nullable(), feasibility: z.number().nullable() }),
  ),
});

const alertContent = z.object({
  kind: z.literal('alert'),
  alertId: z.uuid(),
  severity: z.enum(['critical', 'warning', 'info']),
  /** `configuration:gpu`, `process:crashed`: what the alert is about. */
  alertKind: z.string(),
  code: z.string(),
  message: z.string(),
  count: z.number().int(),
  since: at,
  clearedAt: at.nullable(),
});

/** One line of the board and of the digest. */
const lineSchema = standing.extend({
  slug,
  state: z.enum(competitionStates),
  isQueued: z.boolean(),
  waitsForPerson: z.boolean().nullish(),
  waitsForMachine: z.boolean().nullish(),
  round: z.number().int(),
  maxRounds: z.number().int(),
  progress: progress.nullable(),
  score: z.number().nullable(),
  deadline: at.nullable(),
  decisionUntil: at.nullable(),
});

/** All competitions at a glance: the pinned message. */
const boardContent = z.object({
  kind: z.literal('board'),
  day: dayOfCard,
  lines: z.array(lineSchema),
  gpuTodayUsd: usd,
  gpuDayCapUsd: usd.nullable(),
});

const digestContent = z.object({
  kind: z.literal('digest'),
  day: z.string(),
  decisions: z.array(z.object({ decisionId: z.uuid(), slug, question: z.string(), deadline: at })),
  moved: z.array(
    lineSchema.extend({ previousScore: z.number().nullable(), previousRank: z.number().int().nullable() }),
  ),
  unmoved: z.array(lineSchema),
  discovered: z.array(z.object({ slug, title })),
  /** What changed at the vendor about what people follow. */
  changed: z.array(z.object({ slug, change: changeSchema })).optional(),
  gpuYesterdayUsd: usd,
  gpuDayCapUsd: usd.nullable(),
  llmYesterdayUsd: usd,
  monthUsd: usd,
  alerts: z.array(z.object({ severity: z.string(), message: z.string(), count: z.number().int() })),
});

/**
 * Everything that is told to people, as facts and without words: the bot puts them into a person's language and a
 * platform's form. One card per subject, rewritten in place.
 */
export const cardContentSchema = z.discriminatedUnion('kind', [
  statusContent,
  decisionContent,
  nudgeContent,
  noticeContent,
  roundContent,
  startedContent,
  newBestContent,
  finishedContent,
  failedContent,
  discoveredContent,
  alertContent,
  boardContent,
  digestContent,
]);

export type CardContent = z.output<typeof cardContentSchema>;
export type CardKind = CardContent['kind'];
export type ContentOf<K extends CardKind> = Extract<CardContent, { kind: K }>;
export type BoardLine = z.output<typeof lineSchema>;
