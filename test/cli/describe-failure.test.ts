import { expect, test } from 'vitest';
import { describeFailure } from '../../src/cli/describe-failure.ts';
import { BusinessFailure, TransientFailure } from '../../src/domain/errors.ts';

test('a failure says what and what next, and never shows a stack', () => {
  const unknown = new BusinessFailure('There is no competition "titanc" at Kaggle.', {
    code: 'kaggle.unknown_competition',
    details: { nearest: ['titanic'], suggestions: ['titanic', 'titanic-2'] },
  });
  const away = new TransientFailure('Kaggle does not answer.', { code: 'kaggle.busy' });
  const bug = new TypeError("Cannot read properties of undefined (reading 'x')");

  expect(describeFailure(unknown, 'agent.log')).toEqual({
    what: 'There is no competition "titanc" at Kaggle.',
    next: ['Did you mean titanic, titanic-2?'],
  });
  expect(describeFailure(away, 'agent.log').next.join()).toContain('run the same command again');
  expect(describeFailure(bug, 'agent.log')).toEqual({
    what: 'Something broke on our side.',
    next: [expect.stringContaining('agent.log')],
  });
});
