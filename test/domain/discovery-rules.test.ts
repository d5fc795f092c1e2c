import { expect, test } from 'vitest';
import { keptOutBy, matchesPattern } from '../../src/domain/discovery-rules.ts';

test.each([
  ['titanic', 'titanic', true],
  ['titanic', 'titanic-2', false],
  ['titanic*', 'titanic-2', true],
  ['*-s6e1', 'playground-s6e1', true],
  ['*ground*e*', 'playground-s6e1', true],
  ['*ab*ab*', 'xab', false],
  ['a*a', 'a', false],
  ['*', 'anything', true],
  ['category:getting-started', 'titanic', true],
  ['category:getting*', 'titanic', true],
  ['category:featured', 'titanic', false],
])('the pattern %s on %s is %s', (pattern, slug, expected) => {
  expect(matchesPattern(pattern, { slug, category: 'Getting Started' })).toBe(expected);
});

test('a pattern made to take long does not', () => {
  const slug = `${'a'.repeat(90)}b`;

  expect(matchesPattern(`${'*a'.repeat(40)}*c`, { slug, category: null })).toBe(false);
});

test('denied is stronger than allowed, and an empty list of allowed ones allows all', () => {
  const titanic = { slug: 'titanic', category: null };

  expect(keptOutBy({ allow: [], deny: [] }, titanic)).toBeNull();
  expect(keptOutBy({ allow: ['titanic'], deny: [] }, titanic)).toBeNull();
  expect(keptOutBy({ allow: ['house-*'], deny: [] }, titanic)).toBe('allow');
  expect(keptOutBy({ allow: ['titanic'], deny: ['t*'] }, titanic)).toBe('deny');
});
