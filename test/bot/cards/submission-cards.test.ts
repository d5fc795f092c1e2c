import { expect, test } from 'vitest';
import { holdReasons } from '../../../src/domain/submission-slots.ts';
import { cardText } from './card-text.ts';
import { render } from './rendering.ts';
import { aContent } from './samples.ts';

test("a round's summary says what was mended in its file, and why it waits", () => {
  const notes = [holdReasons.used_up, "Put the rows in the sample's order."];

  const text = cardText(render(aContent('round', { notes })));

  expect(text).toContain(`Submission: ${notes.join(' ')}`);
  expect(cardText(render(aContent('round', {})))).not.toContain('Submission:');
});

test('a submission that waits is told with its reason', () => {
  const content = aContent('notice', {
    event: 'submission_deferred',
    slug: 'titanic',
    toState: 'analyzing',
    reason: holdReasons.small_gain,
    by: null,
  });

  const text = cardText(render(content));

  expect(text).toContain('⏳ titanic: the submission waits');
  expect(text).toContain(holdReasons.small_gain);
});

test.each([
  ['paused', 'used after the pause'],
  ['abandoned', 'not used any more'],
] as const)(
  'a notebook that runs on at Kaggle beside a competition that is %s is told with its page',
  (toState, then) => {
    const url = 'https://www.kaggle.com/code/alice/ka-1';
    const content = aContent('notice', {
      event: 'notebook_runs_on',
      slug: 'titanic',
      toState,
      reason: null,
      by: null,
      url,
    });

    const text = cardText(render(content));

    expect(text).toContain('🟡 titanic: a notebook runs on at Kaggle');
    expect(text).toContain(then);
    expect(text).toContain('↗)');
  },
);
