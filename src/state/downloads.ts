import { z } from 'zod';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const downloadPhases = [
  'waiting_for_slot',
  'waiting_for_vendor',
  'transferring',
  'unpacking',
  'done',
] as const;
export type DownloadPhase = (typeof downloadPhases)[number];

const downloadRow = row({
  competitionId: z.uuid(),
  /** Fingerprint of the vendor's list of files. */
  version: z.string(),
  phase: z.enum(downloadPhases),
  doneBytes: z.number().int(),
  totalBytes: z.number().int().nullable(),
  /** The vendor has refused since then without sending a byte. */
  refusedSince: timestamp.nullable(),
  notBefore: timestamp.nullable(),
  startedAt: timestamp,
  updatedAt: timestamp,
});
export type DataDownload = z.output<typeof downloadRow>;

const readAnswer = z.object({
  download: downloadRow.nullable(),
  refusedSeconds: z.number().nullable(),
  pauseSeconds: z.number(),
});

/** What a download says of itself; a byte that moved ends a time of refusals. */
export function reportDataDownload(
  state: StatePort,
  input: {
    competitionId: string;
    version: string;
    phase: DownloadPhase;
    doneBytes: number;
    totalBytes: number | null;
  },
): Promise<DataDownload> {
  return state.call(
    'report_data_download',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_phase: input.phase,
      p_done_bytes: input.doneBytes,
      p_total_bytes: input.totalBytes,
    },
    downloadRow,
  );
}

/** The vendor refused the download for now; nobody of the installation asks again for so many seconds. */
export function noteDownloadRefused(
  state: StatePort,
  input: { competitionId: string; version: string; waitSeconds: number },
): Promise<DataDownload> {
  return state.call(
    'note_download_refused',
    { p_competition_id: input.competitionId, p_version: input.version, p_wait_seconds: input.waitSeconds },
    downloadRow,
  );
}

/**
 * How far the download of a competition's data is: null where there never was one.
 * `refusedSeconds`: for how long the vendor has sent none of it; `pauseSeconds`: how long the vendor wants to be left alone by all downloads.
 */
export function readDataDownload(
  state: StatePort,
  competitionId: string,
): Promise<z.output<typeof readAnswer>> {
  return state.call('read_data_download', { p_competition_id: competitionId }, readAnswer);
}
