import type { Config } from '../config/load.ts';
import { asFailure } from '../domain/errors.ts';
import { dollars, providerTitle } from '../domain/gpu/explain-choice.ts';
import { accountWarnings } from '../flows/gpu/watch-accounts.ts';
import { findPython } from '../infra/python.ts';
import type { ComputeProvider } from '../providers/compute/contract.ts';
import type { LocalContainers } from '../providers/compute/local-containers.ts';
import { placesIn } from './data-folder.ts';
import { type Check, type Finding, off, ok } from './doctor-chats.ts';
import { lookAtMachine, openContainers, withUsableCards } from './local-machine.ts';
import { linksReachOut } from './objects.ts';
import { openRented } from './rented.ts';
import type { Session } from './session.ts';
import { projectRoot, readVersion } from './version.ts';

const page = 'docs/how-to/gpus.md';
/** An account is looked at; no machine is touched, so whose they are does not matter. */
const nobodysInstallation = '00000000';
const prepaid =
  'keep its balance small, prepaid and without automatic recharge: that is the last line of defence';
const addSome = 'add a little, and leave automatic recharge off: that is the last line of defence';

/** Where nvidia-smi is looked for. */
type Places = { searchPath?: string };

/** This machine, and each vendor whose key is set. Nothing is rented for it. */
export function computeChecks(
  { settings }: { settings: Pick<Session['settings'], 'config'> },
  places: Places = {},
): Check[] {
  const { config } = settings;
  return [
    { port: 'compute', look: (signal) => lookAtLocal(config, signal, places) },
    { port: 'saladcloud', look: (signal) => lookAtVendor(config, 'saladcloud', signal) },
    { port: 'vast', look: (signal) => lookAtVendor(config, 'vast', signal) },
  ];
}

/** Cores, memory, places, cards, and what keeps scripts in. */
async function lookAtLocal(config: Config, signal: AbortSignal, { searchPath }: Places): Promise<Finding> {
  const { training, saladcloud, vast, general } = config;
  const found = await lookAtMachine(signal, searchPath);
  const { scratch } = placesIn(general.dataFolder);
  const place = { scratch, machine: found };
  const daemon = await openContainers(config, { ...place, packages: [] })?.daemonOf(signal);
  // Looking for them takes seconds.
  const packages = daemon?.problem === null ? await packagesOf(config, signal) : [];
  const containers = openContainers(config, { ...place, packages });
  const machine = await withUsableCards(found, config, containers, signal);
  const { cores, memoryBytes, cards, cardProblem } = machine;
  const slots = training.localSlots === 1 ? '1 run' : `${training.localSlots} runs`;
  const rents = saladcloud.apiKey !== null || vast.apiKey !== null;
  const parts = [
    `this machine, ${slots} at a time, $0.00`,
    `${cores} cores, ${gigabytes(memoryBytes)}`,
    ...(cards.length === 0 ? [] : [`graphics cards: ${cards.map(cardTitle).join(', ')}`]),
    ...(rents ? ['scripts that use a graphics card may rent one'] : []),
  ];
  const [walls, wallProblem] = await wallsOf(config, containers, signal);
  const message = [...parts, walls].join('; ');
  if (wallProblem !== null)
    return { status: 'error', message: `${message}; ${wallProblem}`, next: `see ${page}` };
  if (cardProblem !== null)
    return { status: 'warn', message: `${message}; ${cardProblem}`, next: `see ${page}` };
  return ok(message);
}

/** What an image in place of this machine has to bring. */
async function packagesOf({ training }: Config, signal: AbortSignal): Promise<string[]> {
  const configured = training.python ?? undefined;
  const python = await findPython({ configured, projectRoot, signal }).catch(() => null);
  return Object.keys(python?.packages ?? {});
}

/** @returns what keeps a script in and why, and what has to be mended for that */
async function wallsOf(
  { training }: Config,
  containers: LocalContainers | null,
  signal: AbortSignal,
): Promise<[string, string | null]> {
  if (containers === null) {
    const why = training.localIsolation === 'process' ? '' : ': no image is configured';
    return [`scripts in the process sandbox${why}`, null];
  }
  try {
    const { container, reason } = await containers.choose({ image: null, card: null }, signal);
    return [`scripts in ${container === null ? `the process sandbox: ${reason}` : reason}`, null];
  } catch (error) {
    signal.throwIfAborted();
    return ['scripts in docker', asFailure(error).message];
  }
}

function cardTitle({ name, memoryBytes }: { name: string; memoryBytes: number }): string {
  return `${name} (${gigabytes(memoryBytes)})`;
}

function gigabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 30)} GB`;
}

async function lookAtVendor(
  config: Config,
  name: 'saladcloud' | 'vast',
  signal: AbortSignal,
): Promise<Finding> {
  const provider = providersOf(config).find((one) => one.name === name);
  const settings = name === 'vast' ? 'VAST_API_KEY' : 'SALAD_API_KEY, SALAD_ORGANIZATION, SALAD_PROJECT';
  if (provider === undefined) return off('not set', `set ${settings} (${page})`);
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
    const { balanceUsd } = account;
    const isLow = balanceUsd !== null && balanceUsd < config.gpu.leastBalanceUsd;
    return {
      status: 'warn',
      message: `${summary}; ${warnings.join(' ')}`,
      next: isLow ? addSome : prepaid,
    };
  } catch (error) {
    const { message, kind } = asFailure(error);
    return { status: 'error', message, next: kind === 'transient' ? null : `look at ${settings} (${page})` };
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
  return `at most ${machines}, ${dollars(gpuUsdPerHour)} an hour, ${dollars(gpuUsdPerDay)} a day, ${dollars(gpuUsdPerCompetition)} a competition`;
}
