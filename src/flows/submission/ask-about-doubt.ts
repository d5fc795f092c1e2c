import { z } from 'zod';
import type { Context } from '../../context.ts';
import { type DecisionDraft, slaSecondsOf } from '../../domain/decision.ts';
import { dropReasons } from '../../domain/submission-slots.ts';
import type { Competition } from '../../state/competitions.ts';
import { doubtSubmission, withholdSubmission } from '../../state/submission-doubts.ts';
import type { Submission } from '../../state/submissions.ts';
import { readDecisionNumbers } from '../human-loop/decision-facts.ts';
import { Wait } from '../support/wait.ts';

const lookMs = 15_000;
const longestContext = 1_500;
const doubtsSchema = z.array(z.string()).catch([]);

/**
 * Predictions distributed unlike the validation's may be right, or a fault between training and test: a person may
 * hold them back. Without an answer in its time they are sent. Nobody is asked where nobody can answer, nor in practice.
 * @returns true where the submission is held back, or its competition moved on
 * @throws Wait while the question is open
 */
export async function isHeldBack(
  ctx: Context,
  competition: Competition,
  submission: Submission,
): Promise<boolean> {
  const doubts = doubtsSchema.parse(submission.scores.doubts);
  if (doubts.length === 0 || ctx.judge !== null || !ctx.canBeAsked()) return false;
  const { id } = submission;
  const { version } = competition;
  const question = await doubtSubmission(ctx.state, {
    id,
    version,
    draft: {
      ...draftOf(competition.slug, submission.approach, doubts),
      ...(await readDecisionNumbers(ctx, competition)),
    },
    slaSeconds: slaSecondsOf('drift', ctx.policy),
    actor: ctx.actor,
  });
  if (question?.status === 'open') throw new Wait(lookMs, 'a person is asked whether it is to be sent');
  if (question?.option !== 'hold_back') return false;
  await withholdSubmission(ctx.state, { id, version, reason: dropReasons.held_back, actor: ctx.actor });
  ctx.log.info({ competition: competition.slug, key: submission.key }, 'a person holds the submission back');
  return true;
}

function draftOf(slug: string, approach: string, doubts: readonly string[]): DecisionDraft {
  const context = `${doubts.join(' ')} The test data may really be different; or a feature means something else there than in training.`;
  return {
    kind: 'drift',
    blocking: false,
    question: `Submit ${approach.slice(0, 120)} to ${slug}, although it predicts the test unlike the validation?`,
    context: context.slice(-longestContext),
    options: [
      {
        id: 'send_it',
        label: 'Submit it',
        consequence: "It uses up one of the day's submissions, and its score tells.",
      },
      {
        id: 'hold_back',
        label: 'Hold it back',
        consequence: 'It is not sent, and the round goes on without it.',
      },
    ],
    defaultOption: 'send_it',
  };
}
