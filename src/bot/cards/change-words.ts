import { z } from 'zod';
import type { Change } from '../../domain/listing.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { longestNameInLine } from './limits.ts';

const dataSchema = z.object({ files: z.number() });

/** Markup: what changed about a competition at Kaggle, a line each. */
export function changeLines(voice: Voice, changes: readonly Change[]): string[] {
  return [...new Set(changes.map((change) => changeLine(voice, change)))];
}

/** Markup of one change. */
export function changeLine(voice: Voice, { what, old, new: now }: Change): string {
  const { t, plain } = voice;
  switch (what) {
    case 'deadline':
      return t('cards:change.deadline', { old: dayOf(voice, old), new: dayOf(voice, now) });
    case 'entryDeadline':
      return t('cards:change.entryDeadline', { old: dayOf(voice, old), new: dayOf(voice, now) });
    case 'metric':
    case 'reward':
    case 'dailySubmissions':
      return t(`cards:change.${what}`, { old: textOf(voice, old), new: textOf(voice, now) });
    case 'submissions':
      return t(now === true ? 'cards:change.submissions_on' : 'cards:change.submissions_off');
    case 'notebooksOnly':
      return t(now === true ? 'cards:change.notebooks_on' : 'cards:change.notebooks_off');
    case 'rules':
      return t('cards:change.rules');
    case 'pages':
      return t('cards:change.page', { name: textOf(voice, now ?? old) });
    case 'data':
      return t('cards:change.data', { old: filesOf(voice, old), new: filesOf(voice, now) });
    case 'closed':
      return t(now === 'gone' ? 'cards:change.gone' : 'cards:change.ended');
    case 'reopened':
      return t('cards:change.reopened');
    default:
      return voice.ink.text(plain('cards:change.other', { what: shorten(what, longestNameInLine) }));
  }
}

/** Markup. */
function dayOf(voice: Voice, value: unknown): string {
  const at = new Date(typeof value === 'string' ? value : '');
  return Number.isNaN(at.getTime()) ? voice.t('cards:change.none') : voice.deadlineTime(at);
}

/** Plain: a value as Kaggle says it, which is data. */
function textOf(voice: Voice, value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return text === '' ? voice.plain('cards:change.none') : shorten(text, longestNameInLine);
}

function filesOf(voice: Voice, value: unknown): string {
  const files = dataSchema.safeParse(value).data?.files;
  return files === undefined ? '–' : voice.number(files);
}
