import { z } from 'zod';
import { type NotebookAccelerator, notebookAccelerators, notebookStages } from '../domain/notebook.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const memberSchema = z.object({
  jobId: z.uuid(),
  codeId: z.uuid(),
  approach: z.string(),
  weight: z.number().positive(),
});
export type NotebookMemberRow = z.output<typeof memberSchema>;

const notebookRow = row({
  id: z.uuid(),
  competitionId: z.uuid(),
  round: z.number().int(),
  number: z.number().int(),
  stage: z.enum(notebookStages),
  paramsHash: z.string(),
  owner: z.string(),
  /** Holds our key, by which a push whose answer was lost is found again. */
  slug: z.string(),
  objectKey: z.string(),
  members: z.array(memberSchema),
  accelerator: z.enum(notebookAccelerators),
  /** Of its session. */
  timeLimitSeconds: z.number().int().positive(),
  /** The output that is scored. */
  fileName: z.string(),
  modelId: z.uuid().nullable(),
  status: z.enum(['planned', 'sent', 'running', 'complete', 'failed']),
  versionNumber: z.number().int().nullable(),
  url: z.string().nullable(),
  outputKey: z.string().nullable(),
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
  logTail: z.string().nullable(),
  failedCodes: z.array(z.uuid()),
  createdAt: timestamp,
  sentAt: timestamp.nullable(),
  startedAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
});
export type Notebook = z.output<typeof notebookRow>;

const openedAnswer = z.object({ notebook: notebookRow, fresh: z.boolean() }).nullable();

/** Writes the intent to push a notebook. @returns null when the competition moved on */
export function openNotebook(
  state: StatePort,
  input: {
    competitionId: string;
    version: number;
    stage: Notebook['stage'];
    paramsHash: string;
    owner: string;
    objectKey: string;
    members: NotebookMemberRow[];
    accelerator: NotebookAccelerator;
    timeLimitSeconds: number;
    fileName: string;
    modelId: string | null;
  },
): Promise<{ notebook: Notebook; fresh: boolean } | null> {
  return state.call(
    'open_notebook',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_stage: input.stage,
      p_params_hash: input.paramsHash,
      p_owner: input.owner,
      p_object_key: input.objectKey,
      p_members: input.members,
      p_accelerator: input.accelerator,
      p_time_limit_seconds: input.timeLimitSeconds,
      p_file_name: input.fileName,
      p_model_id: input.modelId,
    },
    openedAnswer,
  );
}

/** Committed before the push. @returns false: pushed before, look it up at the vendor. */
export async function markNotebookSent(state: StatePort, id: string): Promise<boolean> {
  return (await state.call('mark_notebook_sent', { p_id: id }, notebookRow.nullable())) !== null;
}

/** The vendor surely has nothing of it. @param accelerator another one to push it with */
export async function markNotebookAbsent(
  state: StatePort,
  id: string,
  accelerator: NotebookAccelerator | null = null,
): Promise<void> {
  await state.call('mark_notebook_absent', { p_id: id, p_accelerator: accelerator }, notebookRow.nullable());
}

/** The vendor has it, under this slug and version. */
export async function markNotebookRunning(
  state: StatePort,
  id: string,
  saved: { slug: string; versionNumber: number; url: string },
): Promise<void> {
  await state.call(
    'mark_notebook_running',
    { p_id: id, p_slug: saved.slug, p_version_number: saved.versionNumber, p_url: saved.url },
    notebookRow.nullable(),
  );
}

/** @param outputKey where its checked output lies; null for a notebook that only fits */
export async function completeNotebook(
  state: StatePort,
  id: string,
  outputKey: string | null,
): Promise<void> {
  await state.call('complete_notebook', { p_id: id, p_output_key: outputKey }, notebookRow.nullable());
}

/** Its run is of no use; the approaches of the scripts at fault count as failed. */
export async function failNotebook(
  state: StatePort,
  input: { id: string; code: string; error: string; logTail: string; failedCodes: readonly string[] },
): Promise<void> {
  await state.call(
    'fail_notebook',
    {
      p_id: input.id,
      p_code: input.code,
      p_error: input.error,
      p_log_tail: input.logTail,
      p_failed_codes: input.failedCodes,
    },
    notebookRow.nullable(),
  );
}

export function listNotebooks(state: StatePort, competitionId: string): Promise<Notebook[]> {
  return state.call('list_notebooks', { p_competition_id: competitionId }, z.array(notebookRow));
}
