import type { ContentOf } from '../../domain/card.ts';
import type { Card } from '../card.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import type { CardOptions } from './card-options.ts';
import { longestNameInLine } from './limits.ts';

type Working = Pick<ContentOf<'status'>, 'state' | 'progress' | 'stageSince'>;

/** What is left is told in steps of five minutes: finer ones are never right and change the message each time. */
const etaStepMs = 5 * 60_000;
/** With less done, what is left is a guess. */
const leastShareForEta = 0.1;

/** How far the stage at work is; without a share where its end is not known, or where people want no bars. */
export function progressBar(
  { state, progress, stageSince }: Working,
  { voice, preferences }: Pick<CardOptions, 'voice' | 'preferences'>,
): Card['bars'] {
  const label = capitalised(voice.plain(`common:state.${state}`));
  if (progress === null || progress.total <= 0) {
    if (stageSince === null) return [];
    const text = voice.plain('cards:status.since', { time: voice.moment(stageSince) });
    return [{ label, share: null, text }];
  }
  const share = Math.min(1, Math.max(0, progress.done / progress.total));
  const parts = [voice.percent(share), steps(progress, voice), eta(share, stageSince, voice)];
  const text = parts.filter((part) => part !== '').join(' · ');
  return [{ label, share: preferences.bars ? share : null, text }];
}

/** The label is in English words, `2 of 3 runs`: where others are spoken, its numbers say it. */
function steps({ label }: NonNullable<Working['progress']>, voice: Voice): string {
  if (voice.locale === 'en') return shorten(label, longestNameInLine);
  const [, done, limit] = /(\d+) of (\d+)/.exec(label) ?? [];
  return done === undefined || limit === undefined
    ? ''
    : voice.plain('cards:status.submissions_value', { done, limit });
}

function eta(share: number, since: Date | null, voice: Voice): string {
  if (since === null || share < leastShareForEta || share >= 1) return '';
  const elapsedMs = Math.max(0, voice.now.getTime() - since.getTime());
  const leftMs = (elapsedMs * (1 - share)) / share;
  if (leftMs < etaStepMs) return voice.plain('cards:status.eta_soon', { span: voice.span(etaStepMs) });
  return voice.plain('cards:status.eta', { span: voice.span(Math.ceil(leftMs / etaStepMs) * etaStepMs) });
}

function capitalised(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
