import type { Context } from '../../context.ts';
import { asFailure, type Failure } from '../../domain/errors.ts';
import { listRecentAlerts } from '../../state/card-facts.ts';
import { findCompetition } from '../../state/competitions.ts';
import {
  listUnsettledSuggestions,
  settleSuggestion,
  type UnsettledSuggestion,
} from '../../state/discovery.ts';
import { startCompetition } from '../commands/start-competition.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';
import { budgetOfOption } from './suggestion-draft.ts';

/**
 * Carries out what people answered to suggestions: enters, watches or ignores. Looked at after every answer and at every
 * look at the vendor, so an answer outlives a crash between it and its deed; carried out twice, it is one. One that
 * cannot be carried out now hides no other.
 * @throws the first failure, once all others are carried out
 */
export async function settleSuggestions(ctx: Context): Promise<void> {
  let failed: Failure | null = null;
  for (const answered of await listUnsettledSuggestions(ctx.state)) {
    const { slug, decidedAt } = answered;
    try {
      const suggestion = await settle(ctx, answered);
      await settleSuggestion(ctx.state, { slug, suggestion, decidedAt });
      ctx.log.info({ competition: slug, suggestion }, 'a suggestion is settled');
    } catch (error) {
      ctx.signal.throwIfAborted();
      failed ??= asFailure(error);
      ctx.log.warn({ err: asFailure(error), competition: slug }, 'a suggestion could not be settled yet');
    }
  }
  if (failed !== null) throw failed;
}

const refusedKind = 'start:';
const toldForMs = 3_600_000;

/** That a button could not enter a competition is news for an hour, not something that lasts. */
export async function clearOldRefusals(ctx: Context): Promise<void> {
  const now = ctx.now();
  const alerts = await listRecentAlerts(ctx.state, now);
  const old = alerts.filter(
    ({ kind, clearedAt, lastAt }) =>
      kind.startsWith(refusedKind) && clearedAt === null && now.getTime() - lastAt.getTime() > toldForMs,
  );
  for (const { kind } of old) await clearPeopleAlert(ctx, kind);
}

/** @throws what is transient or asks for a setting: then the answer is carried out later */
async function settle(ctx: Context, { slug, option, status, decidedBy }: UnsettledSuggestion) {
  if (status === 'withdrawn') {
    const competition = await findCompetition(ctx.state, slug);
    return competition?.requestedAt == null ? 'watched' : 'entered';
  }
  const budgetUsd = option === null ? null : budgetOfOption(option);
  if (budgetUsd === null) return option === 'ignore' ? 'ignored' : 'watched';
  try {
    await startCompetition({ ...ctx, actor: decidedBy ?? ctx.actor }, { slug, limits: { budgetUsd } });
    return 'entered';
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'business') throw failure;
    await tellWhyNot(ctx, slug, failure);
    return 'watched';
  }
}

/** Whoever pressed the button learns that nothing came of it, and why. */
async function tellWhyNot(ctx: Context, slug: string, failure: Failure): Promise<void> {
  const message = `${slug} could not be entered: ${failure.message}`;
  await alertPeople(ctx, { kind: `${refusedKind}${slug}`, severity: 'warning', code: failure.code, message });
}
