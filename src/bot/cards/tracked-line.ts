import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { longestNameInLine } from './limits.ts';

/** Markup: where the runs can be looked at in full; nothing where none is tracked. */
export function trackedLine(
  runs: readonly { name: string; url: string }[] | undefined,
  voice: Voice,
): string[] {
  if (runs === undefined || runs.length === 0) return [];
  const links = runs.map(({ name, url }) => voice.ink.link(shorten(name, longestNameInLine), url));
  return [voice.t('cards:tracked', { links: links.join(voice.comma) })];
}
