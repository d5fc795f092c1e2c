import type { Context } from '../../context.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { listTransitions } from '../../state/competitions.ts';
import { openDecision } from '../../state/decisions.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { readDecisionNumbers } from './decision-facts.ts';

/** A failed competition waits for a person, with the same three answers as any other question. */
export async function askAboutFailure(
  ctx: Pick<Context, 'state' | 'actor' | 'policy' | 'log' | 'artifactsFolder'>,
  input: StageInput,
): Promise<void> {
  const competition = await competitionAt(ctx, input, 'failed');
  if (competition === null) return;
  const last = (await listTransitions(ctx.state, competition.id)).findLast(
    ({ toState }) => toState === 'failed',
  );
  const { reason, code } = last?.payload ?? {};
  const kind = code === 'kaggle.rules_not_accepted' ? 'rules' : 'failure';
  await openDecision(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    move: null,
    draft: {
      kind,
      ...(await readDecisionNumbers(ctx, competition)),
      blocking: true,
      question: `${competition.slug} cannot go on by itself. What should I do?`,
      context: typeof reason === 'string' ? reason.slice(0, 1500) : '',
      options: [
        {
          id: 'retry_different_approach',
          label: 'Try again',
          consequence: 'A new round begins, with another approach.',
          costUsd: 0,
        },
        {
          id: 'skip_competition',
          label: 'Give up',
          consequence: 'The competition ends as it is.',
          costUsd: 0,
          isFinal: true,
        },
      ],
      defaultOption: 'skip_competition',
    },
    slaSeconds: slaSecondsOf(kind, ctx.policy),
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, code }, 'a person is asked about a failure');
}
