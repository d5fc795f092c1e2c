import { z } from 'zod';
import { workQueues } from '../domain/roles.ts';
import { eventPayloadSchema, eventTypes } from '../events/topics.ts';

const minutes = (count: number) => count * 60_000;

/** Queues, one for each module, and one for the schedules: a far-delayed job never shares a queue with work. */
export const queueNames = [...workQueues, 'schedule'] as const;
export type QueueName = (typeof queueNames)[number];

/** A stage works on a competition at the version that its event left it at. */
const stagePayload = z.object({ competitionId: z.uuid(), version: z.number().int() });
/** One row of a fan-out. */
const itemPayload = z.object({ itemId: z.uuid() });
/** Something to present, not bound to a version. */
const notePayload = z.object({
  eventId: z.number().int(),
  type: z.enum(eventTypes),
  /** Null for what concerns no competition, such as an alert. */
  competitionId: z.uuid().nullable(),
  payload: eventPayloadSchema,
});

export type JobSpec = {
  queue: QueueName;
  /** What follows where a run is dead: a stage fails its competition, an item its row, a note nothing. */
  kind: 'stage' | 'item' | 'note';
  /** Starts after failures of our own; waits use up none. */
  attempts: number;
  /** The job's signal is aborted after this. */
  timeoutMs: number;
};

/** Every job that an event causes. Names are `queue.verb`. */
export const jobCatalog = {
  'discovery.admit': { queue: 'discovery', kind: 'note', attempts: 3, timeoutMs: minutes(1) },
  // a deed at the vendor may be part of it
  'discovery.answer': { queue: 'discovery', kind: 'note', attempts: 5, timeoutMs: minutes(5) },
  // looks at the vendor, and for some seconds again
  'discovery.gate': { queue: 'discovery', kind: 'note', attempts: 5, timeoutMs: minutes(2) },
  'research.start': { queue: 'research', kind: 'stage', attempts: 3, timeoutMs: minutes(1) },
  // downloads and profiles all data the first time
  'research.plan': { queue: 'research', kind: 'stage', attempts: 3, timeoutMs: minutes(60) },
  'research.query': { queue: 'research', kind: 'item', attempts: 3, timeoutMs: minutes(60) },
  'research.rank': { queue: 'research', kind: 'stage', attempts: 3, timeoutMs: minutes(5) },
  'research.learn': { queue: 'research', kind: 'note', attempts: 5, timeoutMs: minutes(5) },
  'codegen.start': { queue: 'codegen', kind: 'stage', attempts: 3, timeoutMs: minutes(1) },
  'codegen.plan': { queue: 'codegen', kind: 'stage', attempts: 3, timeoutMs: minutes(1) },
  // holds the debug run, and the building of an image
  'codegen.generate': { queue: 'codegen', kind: 'item', attempts: 3, timeoutMs: minutes(30) },
  'codegen.finish': { queue: 'codegen', kind: 'stage', attempts: 3, timeoutMs: minutes(1) },
  'gpu.start': { queue: 'gpu', kind: 'stage', attempts: 3, timeoutMs: minutes(1) },
  'gpu.plan': { queue: 'gpu', kind: 'stage', attempts: 3, timeoutMs: minutes(5) },
  // a look at a machine; at the end of a run it may hold the examination of a score
  'gpu.train': { queue: 'gpu', kind: 'item', attempts: 5, timeoutMs: minutes(20) },
  'gpu.compare': { queue: 'gpu', kind: 'stage', attempts: 3, timeoutMs: minutes(10) },
  'submission.submit': { queue: 'submission', kind: 'stage', attempts: 3, timeoutMs: minutes(15) },
  'submission.watch': { queue: 'submission', kind: 'stage', attempts: 5, timeoutMs: minutes(5) },
  'submission.analyze': { queue: 'submission', kind: 'stage', attempts: 3, timeoutMs: minutes(5) },
  'submission.finish': { queue: 'submission', kind: 'note', attempts: 5, timeoutMs: minutes(5) },
  'submission.select': { queue: 'submission', kind: 'note', attempts: 5, timeoutMs: minutes(2) },
  'human.recover': { queue: 'human', kind: 'stage', attempts: 3, timeoutMs: minutes(1) },
  'human.ask': { queue: 'human', kind: 'stage', attempts: 3, timeoutMs: minutes(1) },
  'human.present': { queue: 'human', kind: 'note', attempts: 5, timeoutMs: minutes(1) },
  'human.status': { queue: 'human', kind: 'note', attempts: 3, timeoutMs: minutes(1) },
  'human.models': { queue: 'human', kind: 'note', attempts: 5, timeoutMs: minutes(1) },
  'human.tell': { queue: 'human', kind: 'note', attempts: 5, timeoutMs: minutes(1) },
} as const satisfies Record<string, JobSpec>;

export type JobName = keyof typeof jobCatalog;
export const jobNames: readonly JobName[] = Object.keys(jobCatalog).map((name) => name as JobName);

const payloads = { stage: stagePayload, item: itemPayload, note: notePayload } as const;
type Payloads = { [K in keyof typeof payloads]: z.output<(typeof payloads)[K]> };
export type JobPayload<N extends JobName> = Payloads[(typeof jobCatalog)[N]['kind']];
export type StagePayload = Payloads['stage'];
export type ItemPayload = Payloads['item'];
export type NotePayload = Payloads['note'];

export function payloadSchemaOf(name: JobName) {
  return payloads[jobCatalog[name].kind];
}

/** What travels through a queue: whose delivery it is, and what the job works on. */
export const envelopeSchema = z.object({
  eventId: z.number().int(),
  delivery: z.number().int(),
  /** Id of the row, for one job of a fan-out; empty otherwise. */
  item: z.string(),
  competitionId: z.uuid().nullable(),
  payload: z.unknown(),
});
export type Envelope = z.output<typeof envelopeSchema>;

/** The periodic tasks, each a safety net: what they look for is driven by events and rows as well. */
export const tickNames = [
  'discover',
  'watch-costs',
  'check-scores',
  'check-gates',
  'watch-timeouts',
  'refresh-cards',
  'track-runs',
  'digest',
  'sweep',
  'purge',
] as const;
export type TickName = (typeof tickNames)[number];

export const tickSchema = z.object({ tick: z.enum(tickNames) });
