import type { Context } from '../../context.ts';
import { type DownloadView, sizeWords } from '../../domain/download-view.ts';
import type { Progress } from '../../domain/overview.ts';
import type { Competition } from '../../state/competitions.ts';
import { type DataDownload, readDataDownload } from '../../state/downloads.ts';

/** What is shown of data that are on their way. */
export type Fetched = { view: DownloadView; progress: Progress | null };

const percent = 100;

/** @returns null while no data are on their way */
export async function readDownloadView(
  { state }: Pick<Context, 'state'>,
  competition: Pick<Competition, 'id' | 'state'>,
): Promise<Fetched | null> {
  if (competition.state !== 'researching') return null;
  const { download } = await readDataDownload(state, competition.id);
  return download === null ? null : viewOf(download);
}

function viewOf({ phase, doneBytes, totalBytes, refusedSince }: DataDownload): Fetched | null {
  if (phase === 'done') return null;
  const moves = phase === 'transferring' || phase === 'unpacking';
  const isMeasured = moves && totalBytes !== null && totalBytes > 0;
  return {
    view: { phase, totalBytes, refusedSince },
    progress: isMeasured ? progressOf(doneBytes, totalBytes) : null,
  };
}

/** In whole percents, so that what hardly moved is no news. */
function progressOf(doneBytes: number, totalBytes: number): Progress {
  const done = Math.min(percent, Math.floor((percent * doneBytes) / totalBytes));
  const label = `${sizeWords((totalBytes * done) / percent)} of ${sizeWords(totalBytes)}`;
  return { done, total: percent, label };
}
