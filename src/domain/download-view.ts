import { z } from 'zod';

/** What people are shown of a competition's download while its data are on their way. */
export const downloadViewSchema = z.object({
  phase: z.enum(['waiting_for_slot', 'waiting_for_vendor', 'transferring', 'unpacking']),
  /** Null where the vendor does not say. */
  totalBytes: z.number().nullable(),
  /** The vendor has sent nothing since then. */
  refusedSince: z.coerce.date().nullable(),
});
export type DownloadView = z.output<typeof downloadViewSchema>;

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;
const thousand = 1_000;
/** From here on a tenth says nothing. */
const wholeFrom = 100;

/** `1.2 GB`: a size as people say it. */
export function sizeWords(bytes: number): string {
  const steps = Math.floor(Math.log10(Math.max(1, bytes)) / Math.log10(thousand));
  const step = Math.min(units.length - 1, steps);
  const value = bytes / thousand ** step;
  const shown = step === 0 || value >= wholeFrom ? Math.round(value) : Math.round(value * 10) / 10;
  return `${shown} ${units[step] ?? ''}`;
}
