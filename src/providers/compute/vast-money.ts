import { SystemFailure } from '../../domain/errors.ts';
import type { AccountState, BilledInstance } from './contract.ts';
import type { VastCalls } from './vast-calls.ts';
import { type VastCharges, vastChargesSchema, vastUserSchema } from './vast-schemas.ts';

/** A machine of ours lives for hours; its bill is read soon after. */
const billedDays = 8;
/** Source: vast-ai/docs, show_charges.yaml, `limit`. */
const pageSize = 500;
const mostPages = 20;
const daySeconds = 86_400;
/** Below it a job of a few hours may be cut off. */
const littleUsd = 1;

/** The account's balance and bills. Source: vast-ai/docs, show_charges.yaml and show_user.yaml. */
export function createVastMoney({ calls, now }: { calls: VastCalls; now: () => Date }) {
  async function user(signal: AbortSignal) {
    return await calls({
      name: 'user',
      endpoint: 'user',
      method: 'GET',
      path: '/api/v0/users/current/',
      answer: vastUserSchema,
      idempotent: true,
      signal,
    });
  }

  async function charges(signal: AbortSignal) {
    const today = Math.floor(now().getTime() / 1_000 / daySeconds) * daySeconds;
    const day = { gte: today - billedDays * daySeconds, lte: today + daySeconds - 1 };
    const filters = JSON.stringify({ day, type: { in: ['instance'] } });
    const rows = [];
    let token: string | null = null;
    for (let page = 0; page < mostPages; page += 1) {
      const answer: VastCharges = await calls({
        name: 'charges',
        endpoint: 'charges',
        method: 'GET',
        path: '/api/v0/charges/',
        query: {
          select_filters: filters,
          limit: String(pageSize),
          ...(token === null ? {} : { after_token: token }),
        },
        answer: vastChargesSchema,
        idempotent: true,
        signal,
      });
      rows.push(...answer.results);
      token = answer.next_token ?? null;
      if (token === null) return rows;
    }
    throw new SystemFailure('The list of charges at Vast.ai has no end.', { code: 'vast.bad_response' });
  }

  return {
    async account(signal: AbortSignal): Promise<AccountState> {
      const { credit, balance, autobill_amount: amount, autobill_threshold: threshold } = await user(signal);
      const balanceUsd = credit ?? balance ?? 0;
      const warnings: string[] = [];
      if (balanceUsd <= 0) warnings.push('The Vast.ai account is empty, so nothing can be rented there.');
      else if (balanceUsd < littleUsd) warnings.push('The Vast.ai account holds less than a dollar.');
      if ((amount ?? 0) > 0 || (threshold ?? 0) > 0) {
        warnings.push(
          'Vast.ai recharges the account by itself; turn automatic billing off, so that what is paid in is the most that can be lost.',
        );
      }
      return { balanceUsd, warnings };
    },

    /** Bills by label; a key that Vast.ai has not billed yet is left out. */
    async bill(keys: readonly string[], signal: AbortSignal): Promise<BilledInstance[]> {
      const bills = new Map<string, BilledInstance>();
      const wanted = new Set(keys);
      if (wanted.size === 0) return [];
      for (const row of await charges(signal)) {
        const key = row.metadata?.label;
        if (key == null || !wanted.has(key)) continue;
        const before = bills.get(key) ?? { key, usd: 0, upTo: new Date(0) };
        const upToMs = Math.max(before.upTo.getTime(), (row.end ?? 0) * 1_000);
        bills.set(key, { key, usd: before.usd + usdOf(row), upTo: new Date(upToMs) });
      }
      return [...bills.values()];
    },
  };
}

/** The row's own sum is rounded; its items are not. */
function usdOf(row: VastCharges['results'][number]): number {
  if (row.items == null || row.items.length === 0) return row.amount;
  return row.items.reduce((sum, item) => sum + item.amount, 0);
}
