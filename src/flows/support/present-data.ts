import type { Competition } from '../../state/competitions.ts';

/** False for what was made from data that the vendor has replaced since: its rows are others. */
export function isOfPresentData(
  { details }: Pick<Competition, 'details'>,
  { createdAt }: { createdAt: Date },
): boolean {
  return details.data === undefined || createdAt >= details.data.readAt;
}
