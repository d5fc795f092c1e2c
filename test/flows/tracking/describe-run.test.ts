import { expect, test } from 'vitest';
import { historyRow } from '../../../src/flows/tracking/describe-run.ts';

test.each([
  ['val/loss', 'val/loss'],
  ['cv', 'told/cv'],
  ['cv/fold_0', 'told/cv/fold_0'],
  ['status', 'told/status'],
])(
  'a script that calls a number %s tells it as %s: no word of it passes for a score of the host',
  (name, shown) => {
    const startedAt = new Date(1_700_000_000_000);
    const line = { line: 3, seq: 9, name, step: 7, value: 0.5, seconds: 2, at: startedAt };

    expect(historyRow({ startedAt }, line)).toEqual({
      _step: 3,
      _timestamp: 1_700_000_002,
      _runtime: 2,
      script_step: 7,
      [shown]: 0.5,
    });
  },
);
