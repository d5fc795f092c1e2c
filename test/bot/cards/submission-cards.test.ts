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
