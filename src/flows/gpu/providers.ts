import type { Context } from '../../context.ts';
import { asFailure, type Failure } from '../../domain/errors.ts';
import { providerTitle } from '../../domain/gpu/explain-choice.ts';
import type { ComputeProvider, Offer, OfferRequest } from '../../providers/compute/contract.ts';
import { alertPeople } from '../human-loop/alert.ts';

type ProviderContext = Pick<Context, 'compute' | 'state' | 'actor' | 'log' | 'signal'>;

export function providerOf(ctx: Pick<Context, 'compute'>, name: string): ComputeProvider | undefined {
  return ctx.compute.find((provider) => provider.name === name);
}

export function rentedProviders(ctx: Pick<Context, 'compute'>): ComputeProvider[] {
  return ctx.compute.filter(({ isRented }) => isRented);
}

/** True where a machine may be rented for a run that is worth it. */
export function canRent({
  compute,
  policy,
  linksReachOut,
}: Pick<Context, 'compute' | 'policy' | 'linksReachOut'>) {
  return policy.gpu.maxMachines > 0 && linksReachOut && compute.some(({ isRented }) => isRented);
}

/** Kind of the alert about a vendor's account: its key, its credit, its settings. */
export function accountAlert(provider: string): string {
  return `gpu_account:${provider}`;
}

/** Of an order that was refused. Looks at the account may find nothing wrong with it, so the next order ends it alone. */
export function orderAlert(provider: string): string {
  return `${accountAlert(provider)}:order`;
}

/** A vendor whose key or credit is at fault is left out, and people are told what to mend; the others go on. */
export async function tellProviderFailure(
  ctx: ProviderContext,
  provider: string,
  failure: Failure,
  kind = accountAlert(provider),
): Promise<void> {
  ctx.log.warn({ err: failure, provider }, 'compute provider failed');
  if (failure.kind !== 'configuration') return;
  const { code, message } = failure;
  await alertPeople(ctx, {
    kind,
    severity: 'warning',
    code,
    message: ofProvider(provider, message),
  });
}

/** Whose words they are, unless they say it themselves. */
export function ofProvider(provider: string, message: string): string {
  const title = providerTitle(provider);
  return message.includes(title) ? message : `${title}: ${message}`;
}

/** What all these providers have to offer; one that fails offers nothing. */
export async function offersOf(
  ctx: ProviderContext,
  providers: readonly ComputeProvider[],
  request: OfferRequest,
): Promise<Offer[]> {
  const asked = await Promise.all(
    providers.map(async (provider) => {
      try {
        return await provider.offers(request, { signal: ctx.signal });
      } catch (error) {
        ctx.signal.throwIfAborted();
        await tellProviderFailure(ctx, provider.name, asFailure(error));
        return [];
      }
    }),
  );
  return asked.flat();
}
