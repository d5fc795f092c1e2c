import { competitionAnswers, type DecisionOption } from '../../domain/decision.ts';
import type { Voice } from '../voice.ts';
import { usualWords } from './own-words.ts';

const firstLetter = 'A'.charCodeAt(0);

/** Options are answered by letter: the first is A. */
export function optionLetter(index: number): string {
  return String.fromCharCode(firstLetter + index);
}

/** Plain: an option in the voice's language, where it is one of the usual ones; else as it was asked. */
export function optionLabel(voice: Voice, { id, label }: Pick<DecisionOption, 'id' | 'label'>): string {
  if (voice.locale === 'en') return label;
  const usual = competitionAnswers.find((answer) => answer === id);
  return usualWords(voice, label) ?? (usual === undefined ? label : voice.plain(`cards:option.${usual}`));
}

/** Plain: `A · Different approach`; an unknown id as it is. */
export function optionName(
  voice: Voice,
  options: readonly Pick<DecisionOption, 'id' | 'label'>[],
  id: string,
): string {
  const index = options.findIndex((option) => option.id === id);
  const option = options[index];
  return option === undefined ? id : `${optionLetter(index)} · ${optionLabel(voice, option)}`;
}

/** How people name a decision when they type: the last characters of its id. */
export function shortIdOf(decisionId: string): string {
  return decisionId.slice(-8);
}
