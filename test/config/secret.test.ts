import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createSecret, redactValues } from '../../src/config/secret.ts';

test('a secret shows itself to no way of printing it, and to reveal alone', () => {
  const secret = createSecret('canary-123456');
  const holder = { token: secret };

  const printed = [
    `${secret}`,
    JSON.stringify(holder),
    inspect(holder),
    inspect(holder, { showHidden: true, depth: 9 }),
    String(new Error(`${secret}`)),
    JSON.stringify(Object.entries(secret)),
    JSON.stringify(structuredClone({ ...secret })),
  ];

  expect(printed.filter((text) => text.includes('canary'))).toEqual([]);
  expect(`${secret}`).toBe('[redacted]');
  expect(secret.reveal()).toBe('canary-123456');
});

test('values are taken out of a text, but not ones so short that they would take innocent letters', () => {
  expect(redactValues('key canary-123456 and a', ['canary-123456', 'a'])).toBe('key [redacted] and a');
});

test('a secret gives its newest value, and tells who listens of each replacement, once', () => {
  const secret = createSecret('one');
  const heard: string[] = [];
  const unfollow = secret.onChange(() => heard.push(secret.reveal()));

  secret.replace('two');
  secret.replace('two');
  unfollow();
  secret.replace('three');

  expect(heard).toEqual(['two']);
  expect(secret.reveal()).toBe('three');
  expect(inspect(secret, { showHidden: true, depth: 9 })).toBe('[redacted]');
});
