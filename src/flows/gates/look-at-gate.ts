import type { Context } from '../../context.ts';
import { asFailure, type BusinessFailure } from '../../domain/errors.ts';
import { findGate, gateFailure, gateOfCode, isForPerson, isShownByEntry } from '../../domain/gate.ts';
import type { Competition } from '../../state/competitions.ts';
import { type Gate, noteGateLook } from '../../state/gates.ts';

export type GateLook =
  | { outcome: 'open' }
  | { outcome: 'shut' }
  /** Nothing that costs nothing shows it: only the work itself would. */
  | { outcome: 'unclear' }
  /** It opens no more: the deadline has passed meanwhile, or new entrants are taken no more. */
  | { outcome: 'never'; failure: BusinessFailure };

type LookContext = Pick<Context, 'state' | 'kaggle' | 'signal' | 'now'>;

/**
 * Looks with a call or two that cost nothing whether a gate is open, and notes that it was looked.
 * Source: the vendor's advice is to read `userHasEntered` again, never to repeat the download.
 * @throws whatever the vendor's failures are, where it cannot be looked now
 */
export async function lookAtGate(
  ctx: LookContext,
  gate: Gate,
  competition: Pick<Competition, 'slug' | 'title'>,
): Promise<GateLook> {
  const look = await readGate(ctx, gate, competition);
  const isProbeRefused = look.outcome === 'shut' && look.isProbed === true;
  await noteGateLook(ctx.state, { id: gate.id, details: isProbeRefused ? { isProbeRefused } : {} });
  return look;
}

async function readGate(
  ctx: LookContext,
  gate: Gate,
  { slug, title }: Pick<Competition, 'slug' | 'title'>,
): Promise<GateLook & { isProbed?: boolean }> {
  const seen = await ctx.kaggle.findCompetition(slug, { signal: ctx.signal });
  // One that is for invited accounts only may be invisible to all others.
  if (seen === null) return { outcome: 'shut' };
  const shown = findGate(seen, ctx.now(), { hasNotebookPath: true });
  if (shown !== null && !isForPerson(shown)) {
    const failure = gateFailure(shown, { slug, title, url: seen.url, deadline: seen.deadline });
    return { outcome: 'never', failure };
  }
  if (shown !== null) return { outcome: 'shut' };
  const isShown = gate.kind !== 'contract' && isShownByEntry(gate.kind) && gate.details.hasEntered !== true;
  const isRefused = await isCallRefused(ctx, slug);
  if (isRefused === true) return { outcome: 'shut', isProbed: true };
  // The entry tells it some seconds before the calls do.
  if (isShown) return { outcome: 'open' };
  const isTold = isRefused === false && gate.details.isProbeRefused === true;
  return { outcome: isTold ? 'open' : 'unclear' };
}

/** Whether a call is refused that costs nothing and needs what downloads and submissions need; null: it told nothing. */
async function isCallRefused(ctx: LookContext, slug: string): Promise<boolean | null> {
  try {
    await ctx.kaggle.submissionLimits(slug, { signal: ctx.signal });
    return false;
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'business') throw failure;
    const kind = gateOfCode(failure.code);
    return kind !== null && isForPerson(kind) ? true : null;
  }
}
