import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, cutMiddle, joinWithin, shorten, shortenLines, tail } from '../../src/bot/shorten.ts';

test('texts are cut between characters, on one line, with an ellipsis', () => {
  expect(shorten('a  b\n c', 10)).toBe('a b c');
  expect(shorten('abcdef', 4)).toBe('abc…');
  expect(shorten('👨‍👩‍👧👨‍👩‍👧', 12)).toBe('👨‍👩‍👧…');
  expect(shortenLines('a\n\n\n\nb', 10)).toBe('a\n\nb');
});

test('a long name keeps its beginning and its end', () => {
  expect(cutMiddle('playground-series-s6e11', 12)).toBe('playgro…6e11');
  expect(cutMiddle('titanic', 12)).toBe('titanic');
});

test('the end of a text begins at a line where one is near', () => {
  expect(tail('one\ntwo\nthree', 12)).toBe('…\ntwo\nthree');
  expect(tail('one\ntwo\nthree', 11)).toBe('…\ntwo\nthree');
  expect(tail('one\ntwo\nthree', 10)).toBe('…\nthree');
  expect(tail('a'.repeat(20), 10)).toBe(`…\n${'a'.repeat(8)}`);
});

/** Wide, composed and broken characters among plain ones. */
const anyText = fc.string({
  unit: fc.constantFrom('a', ' ', '\n', 'é', '日', '👍', '👨‍👩‍👧', '\ud83d', '\u0301'),
  maxLength: 60,
});

test('no cut text is longer than asked for nor ends in half a character', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, longest) => {
      return [shorten(text, longest), cut(text, longest)].every(
        (short) => short.length <= longest && short.isWellFormed(),
      );
    }),
  );
});

test('cutting in the middle or at the beginning halves no character', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 3, max: 40 }), (text, longest) => {
      const whole = text.toWellFormed();
      return [cutMiddle(whole, longest), tail(whole, longest)].every(
        (short) => short.length <= longest && short.isWellFormed(),
      );
    }),
  );
});

test('whole parts are kept as long as they fit', () => {
  expect(joinWithin(['titanic: training', '', 'round 3 of 6', 'best 0.79186'], ', ', 33)).toBe(
    'titanic: training, round 3 of 6',
  );
  expect(joinWithin(['abcdef', 'g'], ', ', 4)).toBe('abc…');
});
