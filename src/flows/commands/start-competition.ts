import type { Context } from '../../context.ts';
import { isFinal, isUnderWay } from '../../domain/competition-machine.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import {
  type Competition,
  findCompetition,
  type Limits,
  limitsSchema,
  reopenCompetition,
} from '../../state/competitions.ts';
import { lookUpToEnter } from '../discovery/look-up.ts';
import { type Entered, enterAgain, enterCompetition } from '../gates/enter.ts';
import { findKnown } from './find-known.ts';

const defaultPriority = 100;

export type StartInput = {
  slug: string;
  limits?: Partial<Limits> | undefined;
  priority?: number | undefined;
};
export type StartAnswer = {
  competition: Competition;
  outcome: Entered['outcome'] | 'already';
  /** Where it waits for a person. */
  gate: Entered['gate'];
};

/**
 * `/kaggle start`: looks the competition up, refuses what cannot be entered, and enters it; at a gate that a person can
 * open the request is kept, and it is entered as soon as that is open. A finished one starts over. Asking twice changes
 * nothing more, but has its gate looked at.
 * @throws BusinessFailure `kaggle.unknown_competition`, `kaggle.deadline_passed`, `kaggle.entry_closed`,
 * `kaggle.submissions_disabled`, `kaggle.code_competition`, `competition.bad_limits`; where nobody can be asked also
 * `kaggle.rules_not_accepted`, `kaggle.verification_required` and what else a person would have to open
 */
export async function startCompetition(ctx: Context, input: StartInput): Promise<StartAnswer> {
  const limits = limitsOf(ctx, input.limits);
  const known = await findCompetition(ctx.state, input.slug);
  if (known !== null && isUnderWay(known)) {
    return (await enterAgain(ctx, known)) ?? { competition: known, outcome: 'already', gate: null };
  }
  // At the practice arena the earlier practice was closed at its end.
  if (known !== null && isFinal(known.state)) {
    await ctx.judge?.openPractice(input.slug, { signal: ctx.signal });
  }
  // What cannot be entered again is refused before its history is put aside.
  const found = await lookUpToEnter(ctx, input.slug);
  const entered = await enterCompetition(ctx, {
    competition: await beginAnew(ctx, found.competition),
    gate: found.gate,
    priority: input.priority ?? defaultPriority,
    limits,
  });
  ctx.log.info({ competition: input.slug, outcome: entered.outcome }, 'competition requested');
  return entered;
}

/** A finished competition as the new one that takes its name; of several who ask at once one puts the old one aside. */
async function beginAnew(ctx: Context, competition: Competition): Promise<Competition> {
  if (!isFinal(competition.state)) return competition;
  const again = await reopenCompetition(ctx.state, competition.id, ctx.actor);
  return again ?? (await findKnown(ctx, competition.slug));
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
