import type { DecisionView } from '../../domain/overview.ts';
import { optionLabel, optionLetter } from '../cards/option-words.ts';
import type { Voice } from '../voice.ts';

/**
 * The id of the option that a person means by a letter, a number, an id or a label, in their language or ours.
 * @returns null where the decision has no such option
 */
export function findOption(
  { options }: Pick<DecisionView, 'options'>,
  typed: string,
  voice: Voice,
): string | null {
  const wanted = typed.trim().toLowerCase();
  const found = options.find((option, index) =>
    [optionLetter(index), String(index + 1), option.id, option.label, optionLabel(voice, option)].some(
      (name) => name.toLowerCase() === wanted,
    ),
  );
  return found?.id ?? null;
}
