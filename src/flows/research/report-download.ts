import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { DownloadOptions } from '../../providers/kaggle/contract.ts';
import { type DownloadPhase, reportDataDownload } from '../../state/downloads.ts';

type Progress = Parameters<NonNullable<DownloadOptions['onProgress']>>[0];

export type DownloadReport = {
  /** As often as it likes. */
  progress(progress: Progress): void;
  /** What was told last is stored, and nothing more is under way. */
  settle(): Promise<void>;
};

/** Nobody reads faster. */
const everyMs = 2_000;
const phaseOf = { transfer: 'transferring', unpacking: 'unpacking' } as const satisfies Record<
  Progress['phase'],
  DownloadPhase
>;

/** Stores how far a download is, at a pace that people can follow; a report that fails fails no download. */
export function createDownloadReport(
  ctx: Pick<Context, 'state' | 'log' | 'now'>,
  download: { competitionId: string; version: string },
): DownloadReport {
  let latest: Progress | null = null;
  let phase: Progress['phase'] | null = null;
  let sentAtMs = Number.NEGATIVE_INFINITY;
  let sending: Promise<void> | null = null;

  const send = async ({ phase, doneBytes, totalBytes }: Progress): Promise<void> => {
    try {
      await reportDataDownload(ctx.state, { ...download, phase: phaseOf[phase], doneBytes, totalBytes });
    } catch (error) {
      ctx.log.warn({ err: asFailure(error) }, 'the progress of a download was not stored');
    } finally {
      sending = null;
    }
  };
  const sendLatest = (): void => {
    if (latest === null || sending !== null) return;
    const progress = latest;
    latest = null;
    phase = progress.phase;
    sentAtMs = ctx.now().getTime();
    sending = send(progress);
  };

  return {
    progress(progress) {
      latest = progress;
      const isNews = progress.phase !== phase || ctx.now().getTime() - sentAtMs >= everyMs;
      if (isNews) sendLatest();
    },
    async settle() {
      while (sending !== null || latest !== null) {
        sendLatest();
        await sending;
      }
    },
  };
}
