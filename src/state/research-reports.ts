import { z } from 'zod';
import { askedSchema } from '../domain/research-brief.ts';
import type { StatePort } from './port.ts';
import { row } from './row.ts';

const keptRow = row({
  id: z.uuid(),
  competitionId: z.uuid(),
  round: z.number().int(),
  version: z.number().int(),
  kind: z.string(),
  status: z.enum(['planned', 'done', 'failed']),
  provider: z.string().nullable(),
  report: z.unknown(),
  error: z.string().nullable(),
  /** Key of the report as its service wrote it. */
  reportKey: z.string().nullable(),
  citations: z.unknown(),
  asked: z.array(askedSchema),
  /** What each provider kept, by its name. */
  resume: z.record(z.string(), z.unknown()),
  prompt: z.string().nullable(),
});
/** A query with everything that its asking has left behind. */
export type KeptQuery = z.output<typeof keptRow>;

export function getKeptQuery(state: StatePort, id: string): Promise<KeptQuery | null> {
  return state.call('get_research_query', { p_id: id }, keptRow.nullable());
}

/** All queries of a competition, oldest first. */
export function listKeptQueries(state: StatePort, competitionId: string): Promise<KeptQuery[]> {
  return state.call('list_research', { p_competition_id: competitionId }, z.array(keptRow));
}

/**
 * Notes that a provider is being asked.
 * @param most how many questions of one competition it may be asked; null: all
 * @returns granted: false where it was asked before and did not answer, or enough was asked of it (which is noted)
 */
export function beginAsking(
  state: StatePort,
  input: { id: string; provider: string; most: number | null },
): Promise<{ granted: boolean; used: number }> {
  return state.call(
    'begin_asking',
    { p_id: input.id, p_provider: input.provider, p_most: input.most },
    z.object({ granted: z.boolean(), used: z.number().int() }),
  );
}

/** A provider did not answer. One that did is noted by the end of the query. */
export async function endAsking(
  state: StatePort,
  input: { id: string; provider: string; outcome: 'failed' | 'skipped'; code: string; message: string },
): Promise<void> {
  await state.call(
    'end_asking',
    {
      p_id: input.id,
      p_provider: input.provider,
      p_outcome: input.outcome,
      p_code: input.code,
      p_message: input.message,
    },
    z.array(askedSchema).nullable(),
  );
}

/** Keeps what a provider needs to go on with what it has begun. */
export async function keepResearchNote(
  state: StatePort,
  input: { id: string; provider: string; note: unknown },
): Promise<void> {
  await state.call(
    'keep_research_note',
    { p_id: input.id, p_provider: input.provider, p_note: input.note },
    z.unknown(),
  );
}

/** The report lies at that key. */
export async function noteResearchReport(
  state: StatePort,
  input: { id: string; reportKey: string; citations: unknown; prompt: string },
): Promise<void> {
  await state.call(
    'note_research_report',
    {
      p_id: input.id,
      p_report_key: input.reportKey,
      p_citations: input.citations,
      p_prompt: input.prompt,
    },
    z.unknown(),
  );
}
