import { expect, test } from 'vitest';
import { parseRedisAddress } from '../../src/infra/redis-address.ts';

test.each([
  ['redis://cache', [{ host: 'cache', port: 6379 }], undefined, undefined, false],
  ['redis://127.0.0.1:7000/2', [{ host: '127.0.0.1', port: 7000 }], undefined, undefined, false],
  ['rediss://mika:p%40ss@cache:1', [{ host: 'cache', port: 1 }], 'mika', 'p@ss', true],
  [
    'redis://:a,b@one,redis://two:7',
    [
      { host: 'one', port: 6379 },
      { host: 'two', port: 7 },
    ],
    undefined,
    'a,b',
    false,
  ],
  ['redis://[::1]:8', [{ host: '::1', port: 8 }], undefined, undefined, false],
] as const)('%s is read', (text, nodes, username, password, usesTls) => {
  expect(parseRedisAddress(text)).toMatchObject({ nodes, username, password, usesTls });
});

test.each([
  '',
  'cache:6379',
  'http://user:hunter22@host',
  'redis://one,http://two',
  'redis://one,rediss://two',
  'redis://:hunter22%@one',
])('%j is refused without being repeated', (text) => {
  const reading = () => parseRedisAddress(text);

  expect(reading).toThrow(expect.objectContaining({ kind: 'configuration', code: 'redis.bad_url' }));
  expect(reading).not.toThrow(/hunter22/);
});
