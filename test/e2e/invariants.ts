import type { AccountEvent } from '../../src/arena/account-events.ts';
import { competitionMoves } from '../../src/domain/competition-machine.ts';
import type { EventPayload, EventType } from '../../src/events/topics.ts';
import { routesOf } from '../../src/jobs/routes.ts';

/**
 * What a finished run left behind, as an observer reads it: rows of the database, the arena's own journal, and the
 * files of the object store. Every checker is a pure function over it.
 */
export type History = {
  events: readonly EventRow[];
  /** Oldest first. */
  stageRuns: readonly StageRunRow[];
  transitions: readonly TransitionRow[];
  submissions: readonly SubmissionRow[];
  ledger: readonly LedgerRow[];
  decisions: readonly DecisionRow[];
  /** Objects that rows name, with what the row says of them; null where it says nothing. */
  namedObjects: readonly NamedObject[];
  /** What lies in the store, by key. */
  objects: ReadonlyMap<string, StoredObject>;
  journal: readonly AccountEvent[];
  /** SHA-256 of what was uploaded to the arena, by the upload's id. */
  uploads: ReadonlyMap<string, string>;
};

export type EventRow = {
  id: number;
  type: EventType;
  competitionId: string | null;
  payload: EventPayload;
  delivery: number;
  isDispatched: boolean;
};
export type StageRunRow = { eventId: number; delivery: number; job: string; item: string; status: string };
export type TransitionRow = {
  competitionId: string;
  version: number;
  from: string;
  event: string;
  to: string | null;
  refused: boolean;
};
export type SubmissionRow = {
  competitionId: string;
  key: string;
  sha256: string;
  objectKey: string;
  status: string;
  vendorRef: string | null;
};
export type LedgerRow = { id: number; key: string; entry: 'reserve' | 'settle'; microUsd: number };
export type DecisionRow = { id: string; status: string; option: string | null; offered: readonly string[] };
export type NamedObject = { row: string; key: string; sha256: string | null; sizeBytes: number | null };
export type StoredObject = { sha256: string; sizeBytes: number };

export type Violation = { invariant: string; what: string };
type Checker = (history: History) => string[];

/**
 * E1: nothing is lost. The newest run of each job of every event has ended. It may carry an older delivery than the
 * event: a job that is sent again while it runs is left to the run that is under way.
 */
const nothingLost: Checker = ({ events, stageRuns }) => {
  const newest = new Map(stageRuns.map((run) => [identityOf(run), run]));
  return events.flatMap((event) => {
    if (!event.isDispatched) return [`event ${event.id} (${event.type}) was never dispatched`];
    return jobsOf(event).flatMap(({ job, item }) => {
      const identity = identityOf({ eventId: event.id, job, item });
      const status = newest.get(identity)?.status ?? 'never begun';
      return status === 'done' || status === 'dead' ? [] : [`${identity} is ${status}`];
    });
  });
};

/** E2: nothing is done twice. */
const nothingDoubled: Checker = ({ stageRuns }) =>
  repeated(
    stageRuns
      .filter(({ status }) => status === 'done')
      .map((run) => `${identityOf(run)}, delivery ${run.delivery}`),
  ).map((identity) => `done more than once: ${identity}`);

/** E3: a competition's moves are dense, legal and connected, each with exactly one event. */
const movesAreWhole: Checker = ({ transitions, events }) => {
  const moved = transitions.filter(({ refused }) => !refused);
  const ids = [...new Set(moved.map(({ competitionId }) => competitionId))];
  return ids.flatMap((id) => {
    const mine = moved
      .filter(({ competitionId }) => competitionId === id)
      .toSorted((a, b) => a.version - b.version);
    return mine.flatMap((move, index) => [
      ...(move.version === index + 1 ? [] : [`${id}: version ${move.version} where ${index + 1} was due`]),
      ...(index === 0 || mine[index - 1]?.to === move.from
        ? []
        : [`${id}: version ${move.version} begins at ${move.from}, not where the one before ended`]),
      ...(isLegal(move) ? [] : [`${id}: no move leads from ${move.from} by ${move.event} to ${move.to}`]),
      ...oneEventOf(move, events),
    ]);
  });
};

function oneEventOf(move: TransitionRow, events: readonly EventRow[]): string[] {
  const count = events.filter(
    ({ competitionId, type, payload }) =>
      competitionId === move.competitionId && type === move.event && payload.version === move.version,
  ).length;
  return count === 1 ? [] : [`${move.competitionId}: version ${move.version} has ${count} events`];
}

function isLegal({ from, event, to }: TransitionRow): boolean {
  return competitionMoves.some(
    (move) => move.from === from && move.event === event && (move.to === to || move.to === 'resume'),
  );
}

/** S1: the vendor has taken each key at most once. */
const neverSubmittedTwice: Checker = ({ journal }) =>
  repeated(created(journal).map(({ description }) => keyOf(description))).map(
    (key) => `the arena took ${key} more than once`,
  );

/** S2: what the vendor has is what a row says, byte for byte, and the other way round. */
const submissionsAgree: Checker = ({ journal, submissions, uploads, objects }) => {
  const taken = created(journal);
  const strangers = taken.filter(
    ({ ref }) => !submissions.some(({ vendorRef }) => vendorRef === String(ref)),
  );
  return [
    ...strangers.map(({ ref }) => `the arena has ${ref}, of which no row knows`),
    ...submissions.flatMap((row) => {
      if (row.vendorRef === null) return [];
      const atArena = taken.find(({ ref }) => String(ref) === row.vendorRef);
      if (atArena === undefined) return [`${row.key} names ${row.vendorRef}, which the arena does not have`];
      return [
        ...(keyOf(atArena.description) === row.key
          ? []
          : [`${row.vendorRef} carries another key than ${row.key}`]),
        ...(uploads.get(atArena.uploadId) === row.sha256 ? [] : [`${row.key}: the arena has another file`]),
        ...(objects.get(row.objectKey)?.sha256 === row.sha256
          ? []
          : [`${row.key}: the store has another file`]),
      ];
    }),
  ];
};

/** S6: the same file goes to a competition at most once. */
const neverTheSameFile: Checker = ({ journal, uploads }) =>
  repeated(created(journal).map(({ slug, uploadId }) => `${slug} ${uploads.get(uploadId) ?? uploadId}`)).map(
    (file) => `sent more than once: ${file}`,
  );

/** M3: what was spent was reserved before, and every reservation is settled once. */
const moneyIsSettled: Checker = ({ ledger }) => {
  const reserves = ledger.filter(({ entry }) => entry === 'reserve');
  const settles = ledger.filter(({ entry }) => entry === 'settle');
  return [
    ...ledger.filter(({ microUsd }) => microUsd < 0).map(({ key }) => `${key} is negative`),
    ...repeated(settles.map(({ key }) => key)).map((key) => `${key} was settled more than once`),
    ...repeated(reserves.map(({ key }) => key)).map((key) => `${key} was reserved more than once`),
    ...reserves
      .filter(({ key }) => !settles.some((settle) => settle.key === key))
      .map(({ key }) => `${key} was never settled`),
    ...settles
      .filter(({ key, id }) => !reserves.some((reserve) => reserve.key === key && reserve.id < id))
      .map(({ key }) => `${key} was settled without a reservation before it`),
  ];
};

/** D1: every decision has one answer that was offered, and one event of it; or it was withdrawn. */
const decisionsAreAnswered: Checker = ({ decisions, events }) =>
  decisions.flatMap(({ id, status, option, offered }) => {
    const told = events.filter(
      ({ type, payload }) => type === 'human_decision_made' && payload.decisionId === id,
    ).length;
    if (status === 'withdrawn') return told === 0 ? [] : [`${id} was withdrawn and answered`];
    if (status === 'open' || option === null) return [`${id} was never answered`];
    return [
      ...(offered.includes(option) ? [] : [`${id} was answered with ${option}, which was not offered`]),
      ...(told === 1 ? [] : [`${id} has ${told} events of its answer`]),
    ];
  });

/** F1: what a row names is there, as the row says. */
const objectsAreThere: Checker = ({ namedObjects, objects }) =>
  namedObjects.flatMap(({ row, key, sha256, sizeBytes }) => {
    const stored = objects.get(key);
    if (stored === undefined) return [`${row} names ${key}, which is not there`];
    const isSame =
      (sha256 === null || sha256 === stored.sha256) && (sizeBytes === null || sizeBytes === stored.sizeBytes);
    return isSame ? [] : [`${row} names ${key}, which is another file`];
  });

const checkers = {
  E1: nothingLost,
  E2: nothingDoubled,
  E3: movesAreWhole,
  S1: neverSubmittedTwice,
  S2: submissionsAgree,
  S6: neverTheSameFile,
  M3: moneyIsSettled,
  D1: decisionsAreAnswered,
  F1: objectsAreThere,
} as const satisfies Record<string, Checker>;

/** Everything that must not be, and is. Empty after a run that kept its promises. */
export function violationsOf(history: History): Violation[] {
  return Object.entries(checkers).flatMap(([invariant, check]) =>
    check(history).map((what) => ({ invariant, what })),
  );
}

/** Submissions that the arena took, oldest first. */
export function created(journal: readonly AccountEvent[]) {
  return journal.filter((event) => event.type === 'submission_created');
}

/** The key stands first in the description. */
function keyOf(description: string): string {
  return description.split(' ', 1)[0] ?? '';
}

function jobsOf(event: EventRow): { job: string; item: string }[] {
  return routesOf(event).flatMap((route) => {
    if ('job' in route) return [{ job: route.job, item: '' }];
    const items = event.payload.items ?? [];
    return [{ job: route.join, item: '' }, ...items.map((item) => ({ job: route.each, item }))];
  });
}

function identityOf({ eventId, job, item }: Pick<StageRunRow, 'eventId' | 'job' | 'item'>): string {
  return `${job}${item === '' ? '' : ` of ${item}`} for event ${eventId}`;
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
