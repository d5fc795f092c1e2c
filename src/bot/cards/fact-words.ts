import { catalogues } from '../i18n.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { longestNameInLine } from './limits.ts';

const known = [
  'fact.rounds',
  'fact.submissions',
  'fact.best',
  'fact.cv',
  'fact.rank',
  'fact.money_left',
  'fact.money_left_today',
] as const satisfies readonly (keyof (typeof catalogues)['en']['cards'])[];

/** Plain: what a decision's number is called, in the voice's language where it is one of the usual ones. */
export function factLabel({ plain }: Pick<Voice, 'plain'>, label: string): string {
  const key = known.find((one) => catalogues.en.cards[one] === label);
  return key === undefined ? shorten(label, longestNameInLine) : plain(`cards:${key}`);
}
