import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { BilledInstance, Instance } from '../../providers/compute/contract.ts';
import { listUnbilledSessions, settleSpend, type UnbilledSession } from '../../state/gpu-life.ts';
import { providerOf } from './providers.ts';

/** A bill that reaches so close to the end of a machine is whole. */
const roundingMs = 5_000;
/** The own reckoning and the bill may differ by so much before it is worth a word. */
const toldShare = 0.1;
const toldMicroUsd = 10_000;

/**
 * Settles machines that are gone by their vendor's bill; where none comes in time, by what was seen of them, and never by
 * less than the bill says so far. One that its vendor lists again costs on, and waits.
 * @param listed what the vendors list now
 * @returns how many were settled
 */
export async function settleBills(ctx: Context, listed: readonly Instance[]): Promise<number> {
  const standing = new Set(listed.map(({ key }) => key));
  const unbilled = (await listUnbilledSessions(ctx.state)).filter(({ key }) => !standing.has(key));
  let settled = 0;
  for (const [provider, sessions] of Map.groupBy(unbilled, (session) => session.provider)) {
    const bills = await readBills(ctx, provider, sessions);
    for (const session of sessions) {
      const amount = amountOf(session, bills.get(session.key));
      if (amount === null) continue;
      await settleSpend(ctx.state, session.key, amount);
      tellDifference(ctx, session, amount);
      settled += 1;
    }
  }
  return settled;
}

async function readBills(
  ctx: Context,
  provider: string,
  sessions: readonly UnbilledSession[],
): Promise<ReadonlyMap<string, BilledInstance>> {
  const keys = sessions.map(({ key }) => key);
  try {
    const bills = await providerOf(ctx, provider)?.bill?.(keys, { signal: ctx.signal });
    return new Map((bills ?? []).map((bill) => [bill.key, bill]));
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn({ err: asFailure(error), provider }, 'the bill could not be read');
    return new Map();
  }
}

/** @returns in micro-dollars; null: the bill is waited for */
function amountOf(session: UnbilledSession, bill: BilledInstance | undefined): number | null {
  const billed = bill === undefined ? null : Math.round(bill.usd * microUsd);
  const isWhole = bill !== undefined && bill.upTo.getTime() >= session.closedAt.getTime() - roundingMs;
  if (billed !== null && isWhole) return Math.max(0, billed);
  return session.isOverdue ? Math.max(billed ?? 0, session.seenMicroUsd) : null;
}

function tellDifference(ctx: Pick<Context, 'log'>, session: UnbilledSession, amount: number): void {
  const difference = Math.abs(amount - session.seenMicroUsd);
  if (difference <= Math.max(toldMicroUsd, session.seenMicroUsd * toldShare)) return;
  ctx.log.warn(
    { key: session.key, billed: amount, seen: session.seenMicroUsd },
    'the bill differs from what was seen of the machine',
  );
}
