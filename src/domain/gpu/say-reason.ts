import { dollars, providerTitle } from './explain-choice.ts';
import { type ReasonWords, reasonWords } from './reason-words.ts';
import type { OfferInReason, ReasonOf, RunReason } from './run-reason.ts';

/** One sentence for people. @param words of their language; without them English, as rows and logs have it */
export function sayReason(reason: RunReason, words: ReasonWords = reasonWords): string {
  switch (reason.code) {
    case 'chosen':
      return sayChosen(reason, words);
    case 'none_offered':
      return sayNoneOffered(reason, words);
    case 'none_fits':
      return sayNoneFits(reason, words);
    case 'trouble':
      return fill(words['reason.trouble'], { text: reason.text });
    case 'loss_broken':
      return fill(words['reason.loss_broken'], { name: reason.name });
    case 'loss_risen':
      return fill(words['reason.loss_risen'], { name: reason.name, times: reason.times });
    case 'hopeless':
      return fill(words['reason.hopeless'], { done: reason.done, folds: reason.folds });
    case 'resumed':
      return fill(words['reason.resumed'], { work: timeOf(reason.seconds, words) });
    default:
      return words[`reason.${reason.code}`];
  }
}

function sayChosen({ best, because, count, next }: ReasonOf<'chosen'>, words: ReasonWords): string {
  const why = fill(words[`reason.chosen.${because}`], { count });
  const other =
    next === null || because === 'late'
      ? ''
      : fill(words['reason.chosen.next'], { machine: machineOf(next, words), cost: costOf(next, words) });
  return fill(words['reason.chosen'], {
    machine: machineOf(best, words),
    cost: costOf(best, words),
    because: `${why}${other}`,
  });
}

function machineOf({ title, provider, usdPerHour }: OfferInReason, words: ReasonWords): string {
  const price = dollars(usdPerHour);
  return fill(words['reason.machine'], { title, provider: providerTitle(provider), price });
}

/** Less would be written as $0.00. */
const leastShownUsd = 0.0005;

function costOf({ seconds, usd }: OfferInReason, words: ReasonWords): string {
  const time = timeOf(seconds, words);
  return usd < leastShownUsd
    ? fill(words['reason.cost_nothing'], { time })
    : fill(words['reason.cost'], { time, usd: dollars(usd) });
}

function sayNoneOffered(reason: ReasonOf<'none_offered'>, words: ReasonWords): string {
  const { gpuMemoryBytes, memoryBytes, diskBytes, usdPerHour } = reason;
  const card =
    gpuMemoryBytes === null ? '' : fill(words['reason.needs_gpu'], { gpu: gigabytes(gpuMemoryBytes) });
  const needs = fill(words['reason.needs'], { memory: gigabytes(memoryBytes), disk: gigabytes(diskBytes) });
  const limit = usdPerHour === null ? '' : fill(words['reason.for_at_most'], { price: dollars(usdPerHour) });
  return fill(words['reason.none_offered'], { needs: `${card}${needs}`, limit });
}

function sayNoneFits({ rejected, usdPerHour, usd }: ReasonOf<'none_fits'>, words: ReasonWords): string {
  const parts = rejected.map(({ why, count }) => {
    const free = why === 'over_rate' ? usdPerHour : usd;
    return fill(words[`reason.rejected.${why}`], { count, free: dollars(free ?? 0) });
  });
  return fill(words['reason.none_fits'], { parts: parts.join(words['reason.between']) });
}

function timeOf(seconds: number, words: ReasonWords): string {
  if (seconds < 90) return fill(words['reason.seconds'], { value: Math.max(1, Math.round(seconds)) });
  if (seconds < 5_400) return fill(words['reason.minutes'], { value: Math.round(seconds / 60) });
  return fill(words['reason.hours'], { value: (seconds / 3_600).toFixed(1) });
}

function gigabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e9)} GB`;
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
}
