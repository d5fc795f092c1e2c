import { expect, test } from 'vitest';
import { createClosers } from '../../src/infra/closers.ts';
import { createLogger } from '../../src/infra/logger.ts';

test('things are closed in the reverse order of opening, and a failing or hanging one stops no other', async () => {
  const { log, lastLines } = createLogger({ level: 'info', file: null });
  const closed: string[] = [];
  const closers = createClosers({ log, timeoutMs: 50 });
  closers.add('database', () => void closed.push('database'));
  closers.add('hanging', () => new Promise(() => undefined));
  closers.add('failing', async () => {
    throw new Error('already gone');
  });
  closers.add('server', async () => void closed.push('server'));

  await Promise.all([closers.close(), closers.close()]);

  expect(closed).toEqual(['server', 'database']);
  expect(lastLines().map((line): unknown => JSON.parse(line).msg)).toEqual([
    'closing failed',
    'closing takes too long',
  ]);
});

test('what is opened while closing is closed too', async () => {
  const { log } = createLogger({ level: 'info', file: null });
  const closed: string[] = [];
  const closers = createClosers({ log });
  closers.add('first', () => {
    closed.push('first');
    closers.add('late', () => void closed.push('late'));
  });

  await closers.close();

  expect(closed).toEqual(['first', 'late']);
});
