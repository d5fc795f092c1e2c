import type { Config } from '../config/load.ts';
import { asFailure } from '../domain/errors.ts';
import { dollars, providerTitle } from '../domain/gpu/explain-choice.ts';
import { accountWarnings } from '../flows/gpu/watch-accounts.ts';
import type { ComputeProvider } from '../providers/compute/contract.ts';
import { type Check, type Finding, off, ok } from './doctor-chats.ts';
import { linksReachOut } from './objects.ts';
import { openRented } from './rented.ts';
import type { Session } from './session.ts';
import { readVersion } from './version.ts';

const page = 'docs/how-to/gpus.md';
/** An account is looked at; no machine is touched, so whose they are does not matter. */
const nobodysInstallation = '00000000';
const prepaid = 'keep its balance small and without automatic recharge: that is the last line of defence';

/** This machine, and each vendor whose key is set. Nothing is rented for it. */
export function computeChecks({ settings }: { settings: Pick<Session['settings'], 'config'> }): Check[] {
  const { config } = settings;
  return [
    { port: 'compute', look: async () => lookAtLocal(config) },
    { port: 'saladcloud', look: (signal) => lookAtVendor(config, 'saladcloud', signal) },
    { port: 'vast', look: (signal) => lookAtVendor(config, 'vast', signal) },
  ];
}

function lookAtLocal({ training, saladcloud, vast }: Config): Finding {
  const rents = saladcloud.apiKey !== null || vast.apiKey !== null;
  const more = rents ? '; scripts that use a graphics card may rent one' : '';
  return ok(`this machine, ${training.localSlots} runs at a time, $0.00${more}`);
}

async function lookAtVendor(
  config: Config,
  name: 'saladcloud' | 'vast',
  signal: AbortSignal,
): Promise<Finding> {
  const provider = providersOf(config).find((one) => one.name === name);
  if (provider === undefined) {
    const setting = name === 'vast' ? 'VAST_API_KEY' : 'SALAD_API_KEY, SALAD_ORGANIZATION, SALAD_PROJECT';
    return off('not set', `set ${setting} (${page})`);
  }
  if (config.gpu.maxMachines === 0) return off('KAGGLE_AGENT_GPU_MAX_MACHINES is 0', `raise it (${page})`);
  try {
    const account = await provider.account({ signal });
    const warnings = accountWarnings(account, config.gpu.leastBalanceUsd);
    const summary = `${providerTitle(name)}, ${balanceOf(account.balanceUsd)}; ${capsOf(config)}`;
    if (!linksReachOut(config)) {
      return {
        status: 'warn',
        message: `${summary}; rented machines cannot reach the objects, so none is rented`,
        next: `set S3_BUCKET or KAGGLE_AGENT_PUBLIC_URL (${page})`,
      };
    }
    if (warnings.length === 0) return { ...ok(summary), next: prepaid };
    return { status: 'warn', message: `${summary}; ${warnings.join(' ')}`, next: prepaid };
  } catch (error) {
    const { message, kind } = asFailure(error);
    return { status: 'error', message, next: kind === 'transient' ? null : `check its settings (${page})` };
  }
}

function providersOf(config: Config): ComputeProvider[] {
  const options = { config, installationId: nobodysInstallation, metrics: null, version: readVersion() };
  return openRented({ ...options, maxAttempts: 1 }).providers;
}

function balanceOf(balanceUsd: number | null): string {
  return balanceUsd === null ? 'which does not tell its balance' : `${dollars(balanceUsd)} left`;
}

function capsOf({ budgets, gpu }: Config): string {
  const { gpuUsdPerHour, gpuUsdPerDay, gpuUsdPerCompetition } = budgets;
  const machines = gpu.maxMachines === 1 ? '1 machine' : `${gpu.maxMachines} machines`;
  return `at most ${machines}, $${gpuUsdPerHour} an hour, $${gpuUsdPerDay} a day, $${gpuUsdPerCompetition} a competition`;
}
