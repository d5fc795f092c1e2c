import type { Context } from '../../context.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import {
  type Competition,
  findCompetition,
  type Limits,
  limitsSchema,
  reopenCompetition,
  requestCompetition,
} from '../../state/competitions.ts';
import { lookUpCompetition } from '../discovery/look-up.ts';

const defaultPriority = 100;

export type StartInput = {
  slug: string;
  limits?: Partial<Limits> | undefined;
  priority?: number | undefined;
};
export type StartAnswer = { competition: Competition; outcome: 'started' | 'queued' | 'already' };

/**
 * `/kaggle start`: looks the competition up, refuses what cannot be entered, and enters it. A finished one starts
 * over. Asking twice changes nothing more.
 * @throws BusinessFailure `kaggle.unknown_competition`, `kaggle.rules_not_accepted`, `kaggle.deadline_passed`,
 * `kaggle.submissions_disabled`, `kaggle.code_competition`, `competition.bad_limits`
 */
export async function startCompetition(ctx: Context, input: StartInput): Promise<StartAnswer> {
  const limits = limitsOf(ctx, input.limits);
  const known = await findCompetition(ctx.state, input.slug);
  const isRunning = known !== null && known.requestedAt !== null && !isFinal(known.state);
  if (isRunning) return { competition: known, outcome: 'already' };
  if (known !== null && isFinal(known.state)) {
    // At the practice arena the earlier practice was closed at its end.
    await ctx.judge?.openPractice(input.slug, { signal: ctx.signal });
    // What cannot be entered again is refused before its history is put aside.
    await lookUpCompetition(ctx, input.slug);
    await reopenCompetition(ctx.state, known.id, ctx.actor);
  }
  const found = await lookUpCompetition(ctx, input.slug);
  const competition = await requestCompetition(ctx.state, {
    id: found.id,
    priority: input.priority ?? defaultPriority,
    limits,
    maxActive: ctx.policy.maxActiveCompetitions,
    actor: ctx.actor,
  });
  ctx.log.info(
    { competition: input.slug, admitted: competition.admittedAt !== null },
    'competition requested',
  );
  return { competition, outcome: competition.admittedAt === null ? 'queued' : 'started' };
}

function limitsOf({ policy }: Context, asked: StartInput['limits']): Limits {
  const { maxRounds, approachesPerRound } = policy;
  const limits = limitsSchema.safeParse({ maxRounds, approachesPerRound, ...asked });
  if (limits.success) return limits.data;
  const [issue] = limits.error.issues;
  throw new BusinessFailure(
    `The limit ${issue?.path.join('.') ?? ''} cannot be that: ${issue?.message ?? 'it is out of range'}.`,
    { code: 'competition.bad_limits', details: { field: issue?.path.join('.') ?? null } },
  );
}
