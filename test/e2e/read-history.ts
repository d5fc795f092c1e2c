import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { type AccountEvent, accountEventSchema } from '../../src/arena/account-events.ts';
import { runResultSchema } from '../../src/domain/run-contract.ts';
import { eventPayloadSchema, eventTypes } from '../../src/events/topics.ts';
import type { History, NamedObject, StoredObject } from './invariants.ts';

const eventRow = z.object({
  id: z.coerce.number(),
  type: z.enum(eventTypes),
  competitionId: z.uuid().nullable(),
  payload: eventPayloadSchema,
  delivery: z.number(),
  isDispatched: z.boolean(),
});
const stageRunRow = z.object({
  eventId: z.coerce.number(),
  delivery: z.number(),
  job: z.string(),
  item: z.string(),
  status: z.string(),
});
const transitionRow = z.object({
  competitionId: z.uuid(),
  version: z.number(),
  from: z.string(),
  event: z.string(),
  to: z.string().nullable(),
  refused: z.boolean(),
});
const submissionRow = z.object({
  competitionId: z.uuid(),
  key: z.string(),
  sha256: z.string(),
  objectKey: z.string(),
  status: z.string(),
  vendorRef: z.string().nullable(),
});
const ledgerRow = z.object({
  id: z.coerce.number(),
  key: z.string(),
  entry: z.enum(['reserve', 'settle']),
  microUsd: z.coerce.number(),
});
const decisionRow = z.object({
  id: z.uuid(),
  status: z.string(),
  option: z.string().nullable(),
  offered: z.array(z.string()),
});
const codeRow = z.object({
  id: z.uuid(),
  prefix: z.string().nullable(),
  bundle: z.object({ objectKey: z.string(), sha256: z.string(), sizeBytes: z.number() }).nullable(),
});
const jobRow = z.object({ id: z.uuid(), prefix: z.string(), result: z.unknown() });

/** Reads everything that the checkers look at: of the database, of the data folder, and of the arena's folder. */
export async function readHistory(options: {
  connectionString: string;
  dataFolder: string;
  /** Where the arena keeps its journal. */
  arenaFolder?: string;
}): Promise<History> {
  const client = new pg.Client({ connectionString: options.connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const read = async <T>(schema: z.ZodType<T>, sql: string): Promise<T[]> =>
      z.array(schema).parse((await client.query(sql)).rows);
    const arenaFolder = options.arenaFolder ?? join(options.dataFolder, 'arena');
    return {
      ...(await readRows(read)),
      namedObjects: await readNamedObjects(read),
      objects: await readObjects(join(options.dataFolder, 'objects', 'files')),
      journal: await readJournal(arenaFolder),
      uploads: await readUploads(join(arenaFolder, 'uploads')),
    };
  } finally {
    await client.end();
  }
}

type Read = <T>(schema: z.ZodType<T>, sql: string) => Promise<T[]>;

async function readRows(read: Read) {
  return {
    events: await read(
      eventRow,
      `select id, type, competition_id as "competitionId", payload, delivery,
              dispatched_at is not null as "isDispatched" from events order by id`,
    ),
    stageRuns: await read(
      stageRunRow,
      `select event_id as "eventId", delivery, job, item, status from stage_runs
       order by delivery, attempt, started_at`,
    ),
    transitions: await read(
      transitionRow,
      `select competition_id as "competitionId", version, from_state as "from", event, to_state as "to", refused
       from transitions order by id`,
    ),
    submissions: await read(
      submissionRow,
      `select competition_id as "competitionId", key, params_hash as sha256, object_key as "objectKey", status,
              vendor_ref as "vendorRef" from submissions order by created_at`,
    ),
    ledger: await read(
      ledgerRow,
      `select id, key, entry, micro_usd as "microUsd" from spend_ledger order by id`,
    ),
    decisions: await read(
      decisionRow,
      `select id, status, option,
              array(select o ->> 'id' from jsonb_array_elements(draft -> 'options') o) as offered
       from human_interventions order by created_at`,
    ),
  };
}

async function readNamedObjects(read: Read): Promise<NamedObject[]> {
  const submissions = await read(
    submissionRow.pick({ key: true, objectKey: true, sha256: true }),
    `select key, object_key as "objectKey", params_hash as sha256 from submissions`,
  );
  const codes = await read(
    codeRow,
    `select id, object_prefix as prefix, bundle from generated_code where status = 'ready'`,
  );
  const jobs = await read(
    jobRow,
    `select id, coalesce(object_prefix, 'jobs/' || id) || '/' || token as prefix, result from training_jobs
     where result is not null`,
  );
  const sizeless = { sha256: null, sizeBytes: null };
  return [
    ...submissions.map(({ key, objectKey, sha256 }) => ({
      row: key,
      key: objectKey,
      sha256,
      sizeBytes: null,
    })),
    ...codes.flatMap(({ id, prefix, bundle }) => {
      const row = `code ${id}`;
      if (bundle === null) return [{ row, key: 'a bundle', ...sizeless }];
      return [
        { row, key: bundle.objectKey, sha256: bundle.sha256, sizeBytes: bundle.sizeBytes },
        { row, key: `${prefix}/train.py`, ...sizeless },
      ];
    }),
    ...jobs.flatMap(({ id, prefix, result }) => {
      const row = `job ${id}`;
      return [
        { row, key: `${prefix}/result.json`, ...sizeless },
        ...runResultSchema.parse(result).files.map(({ name, sha256, sizeBytes }) => {
          return { row, key: `${prefix}/${name}`, sha256, sizeBytes };
        }),
      ];
    }),
  ];
}

async function readObjects(folder: string): Promise<Map<string, StoredObject>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (path) => {
        const body = await readFile(path);
        return [relative(folder, path), { sha256: sha256Of(body), sizeBytes: body.length }] as const;
      }),
    ),
  );
}

/** The arena's own record of what happened to the account. */
export async function readJournal(arenaFolder: string): Promise<AccountEvent[]> {
  const text = await readFile(join(arenaFolder, 'journal.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => accountEventSchema.parse(JSON.parse(line)));
}

async function readUploads(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, sha256Of(await readFile(join(folder, name)))] as const),
    ),
  );
}

function sha256Of(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
