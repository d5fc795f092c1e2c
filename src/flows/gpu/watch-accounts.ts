import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { dollars } from '../../domain/gpu/explain-choice.ts';
import type { AccountState } from '../../providers/compute/contract.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';
import { accountAlert, ofProvider, rentedProviders, tellProviderFailure } from './providers.ts';

/** Looks at each vendor's account: a refused key, an empty balance, a setting that lets it run on unseen. */
export async function watchAccounts(ctx: Context): Promise<void> {
  for (const provider of rentedProviders(ctx)) {
    try {
      const account = await provider.account({ signal: ctx.signal });
      await tellAccount(ctx, provider.name, account);
    } catch (error) {
      ctx.signal.throwIfAborted();
      await tellProviderFailure(ctx, provider.name, asFailure(error));
    }
  }
}

async function tellAccount(ctx: Context, provider: string, account: AccountState): Promise<void> {
  const warnings = accountWarnings(account, ctx.policy.gpu.leastBalanceUsd);
  const kind = accountAlert(provider);
  if (warnings.length === 0) {
    await clearPeopleAlert(ctx, kind);
    return;
  }
  const message = ofProvider(provider, warnings.join(' '));
  await alertPeople(ctx, { kind, severity: 'warning', code: 'gpu.account', message });
}

/** What a person has to know or mend; also for `doctor`. */
export function accountWarnings({ balanceUsd, warnings }: AccountState, leastBalanceUsd: number): string[] {
  if (balanceUsd === null || balanceUsd >= leastBalanceUsd) return [...warnings];
  const low = `Only ${dollars(Math.max(0, balanceUsd))} is left on the prepaid account.`;
  return [low, ...warnings];
}
