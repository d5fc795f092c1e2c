import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { retention } from '../../src/config/retention-settings.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/explain/retention.md'), 'utf8');
const rows = [...page.matchAll(/^\| [^|]+ \| ([^|]+) \| `(KAGGLE_AGENT_KEEP_[A-Z_]+)` \|/gm)].map(
  ([, when = '', name = '']) => ({ name, lifetime: /^\d+ (days|hours?)/.exec(when)?.[0] }),
);

test('the page tells of every lifetime that can be set, and of its default', () => {
  const settings = Object.values(retention).map(({ env, defaultText, unit }) => {
    const words = defaultText === '1' ? unit?.replace(/s$/, '') : unit;
    return { name: env, lifetime: `${defaultText} ${words}` };
  });

  expect(rows).toEqual(settings);
});
