import { createRandom } from '../../src/domain/random.ts';
import type { Cells } from './competition-data.ts';

/** Names that would break a program that pastes them into its source. */
export const hostileNames = {
  amount: 'am"ount\n# \\',
  colour: 'col\'our\u202e """ + 1',
  code: 'Ünï {code} [1] <2>',
};

/**
 * Rows with an id, a skewed number, a category, a compound code with gaps, a date and a short text; `signal` is
 * what a model should find, from about -2 to 2.
 */
export function syntheticRows(count: number, seed: number, firstId = 1): (Cells & { signal: string })[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const amount = Math.exp(2 * random());
    const colour = ['red', 'green', 'blue'][Math.floor(3 * random())] ?? 'red';
    const word =
      colour === 'red'
        ? 'terrible flood and fire reported in the old town'
        : 'a pleasant day with friends in the park';
    const signal = Math.log(amount) - 1 + (colour === 'red' ? 1 : -0.5) + 0.5 * (random() - 0.5);
    const day = String(1 + Math.floor(28 * random())).padStart(2, '0');
    return {
      id: `0${firstId + index}`,
      [hostileNames.amount]: random() < 0.1 ? '' : amount.toFixed(3),
      [hostileNames.colour]: colour,
      [hostileNames.code]:
        random() < 0.2 ? '' : `Dr. A${Math.floor(random() * 150)}/${Math.floor(random() * 90)}`,
      day: `2024-0${1 + Math.floor(9 * random())}-${day}`,
      words: `${word} ${Math.floor(1000 * random())} http://t.co/x @someone`,
      // Two rows of a hundred have a value: a shortened run sees none.
      rare: index % 100 === 7 ? String(index) : '',
      signal: String(signal),
    };
  });
}
