import type { Context } from '../../context.ts';
import { assessFeasibility, type CompetitionModality, type Feasibility } from '../../domain/feasibility.ts';
import { metricFromText } from '../../domain/metrics/catalog.ts';
import type { DataFile, KaggleCompetition } from '../../providers/kaggle/contract.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A whole attempt by the embedded generator on this machine. */
const runHours = 0.5;
const imageFile = /\.(png|jpe?g|tiff?|bmp|dcm|npy)$/i;
const audioFile = /\.(wav|mp3|ogg|flac)$/i;

function modalityOf(seen: KaggleCompetition, files: readonly DataFile[]): CompetitionModality {
  const words = `${seen.tags.join(' ')} ${seen.title} ${seen.description}`.toLowerCase();
  if (files.some(({ name }) => imageFile.test(name)) || /\bimages?\b/.test(words)) return 'image';
  if (files.some(({ name }) => audioFile.test(name))) return 'audio';
  if (/\bsimulations?\b/.test(words)) return 'simulation';
  if (/\b(nlp|text|tweets?|language|spam)\b/.test(words)) return 'text';
  if (/\btime series\b|\bforecast/.test(words)) return 'time_series';
  return files.some(({ name }) => name.endsWith('.csv') || name.endsWith('.zip')) ? 'tabular' : 'unknown';
}

/** The first number of Kaggle's free text (`$50,000`, `25,000 Usd`, `Knowledge`), in dollars. */
function prizeOf(reward: string | null): number {
  const digits = /\d[\d,]*(\.\d+)?/.exec(reward ?? '')?.[0].replaceAll(',', '');
  return digits === undefined ? 0 : Number(digits);
}

/** Judges how well a competition suits the agent as it is configured now. */
export function judgeFeasibility(
  ctx: Pick<Context, 'now'>,
  seen: KaggleCompetition,
  files: readonly DataFile[],
): Feasibility {
  const now = ctx.now().getTime();
  const days = (from: Date | null, to: number) => (from === null ? null : (to - from.getTime()) / dayMs);
  const elapsedDays = days(seen.launchedAt, now);
  const totalDays = seen.deadline === null ? null : days(seen.launchedAt, seen.deadline.getTime());
  return assessFeasibility({
    hoursLeft: seen.deadline === null ? null : (seen.deadline.getTime() - now) / hourMs,
    runHours,
    dataBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    modality: modalityOf(seen, files),
    isKernelsOnly: seen.takesNotebooksOnly,
    hasNotebookPath: false,
    metric: metricFromText(seen.metricText ?? '') === null ? 'unknown' : 'exact',
    budgetUsd: 0,
    estimatedCostUsd: 0,
    awardsPoints: prizeOf(seen.reward) > 0,
    complexity: 'medium',
    teams: seen.teamCount,
    ...(elapsedDays === null ? {} : { elapsedDays }),
    ...(totalDays === null ? {} : { totalDays }),
    prizeUsd: prizeOf(seen.reward),
    submissionsDisabled: seen.submissionsDisabled,
    hasEntered: seen.hasEntered,
    newEntrantDeadlinePassed: seen.newEntrantDeadline !== null && seen.newEntrantDeadline.getTime() < now,
  });
}
