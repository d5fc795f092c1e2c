import type { Commands } from '../cli/commands.ts';
import type { Context } from '../context.ts';
import { asFailure, ConfigurationFailure } from '../domain/errors.ts';
import { providerTitle } from '../domain/gpu/explain-choice.ts';
import type { Log } from '../domain/log.ts';
import { allowGpus, stopAllGpus, stopMachines } from '../flows/gpu/stop-all.ts';
import type { ComputeProvider, Instance } from '../providers/compute/contract.ts';
import { readInstallation } from '../state/alerts.ts';
import { placesIn } from './data-folder.ts';
import { attachDatabase, type Database } from './database.ts';
import { readInstallationFile } from './installation-file.ts';
import { labelPrefixOf, openRented } from './rented.ts';
import type { Session } from './session.ts';
import { readVersion } from './version.ts';

type GpuSession = Pick<Session, 'actor'> & {
  settings: Pick<Session['settings'], 'config' | 'faults'>;
  logging: { log: Log };
};
type GpuCommands = Pick<Commands, 'stopGpus' | 'allowGpus' | 'listGpus'>;

/** A person waits. */
const maxAttempts = 2;
/** How long a database that may be gone is waited for: machines cost money meanwhile. */
const databaseTimeoutMs = 8_000;

/**
 * Work on the vendors' own lists: the agent, its database and its queues may all be gone.
 * @throws ConfigurationFailure `gpu.installation_unknown`, `gpu.no_vendor`
 */
export function gpuCommands(session: GpuSession): GpuCommands {
  return {
    async stopGpus({ installation, signal, onProgress }) {
      return await withGround(session, installation, async ({ database, providers, unasked, ctx }) => {
        const compute = providers.map((provider) => telling(provider, onProgress));
        const inner = { ...ctx, compute, signal };
        const stop =
          database === null
            ? { ...(await stopMachines(inner, compute)), isHeld: false }
            : await stopAllGpus({ ...inner, state: database.state, actor: session.actor }, { reason: null });
        // What was left out for that is no vendor's fault.
        signal.throwIfAborted();
        return { ...stop, unknown: [...stop.unknown, ...unasked] };
      });
    },
    async allowGpus() {
      const database = await attach(session);
      try {
        return { wasHeld: await allowGpus({ state: database.state, actor: session.actor }) };
      } finally {
        await database.close();
      }
    },
    async listGpus({ installation, signal }) {
      return await withGround(session, installation, async ({ providers, unasked }) => {
        const lists = await Promise.all(
          providers.map(async (provider) => {
            try {
              return { provider: provider.name, machines: await provider.list({ signal }), problem: null };
            } catch (error) {
              signal.throwIfAborted();
              return { provider: provider.name, machines: [], problem: asFailure(error).message };
            }
          }),
        );
        return {
          machines: lists.flatMap(({ machines }) => machines.map(listed)),
          problems: [
            ...lists.flatMap(({ provider, problem }) => (problem === null ? [] : [{ provider, problem }])),
            ...unasked.map(({ provider, reason }) => ({ provider, problem: reason })),
          ],
        };
      });
    },
  };
}

/** Says what it does while that takes its time: a vendor may need a minute, and another one not answer at all. */
function telling(provider: ComputeProvider, tell: (text: string) => void): ComputeProvider {
  const title = providerTitle(provider.name);
  return {
    ...provider,
    async list(options) {
      tell(`asking ${title} what is there`);
      return await provider.list(options);
    },
    async stop(id, options) {
      tell(`ending ${id} at ${title}`);
      await provider.stop(id, options);
      tell(`${id} at ${title} has ended`);
    },
  };
}

function listed({ provider, id, key, state, pricePerHourUsd, startedAt, detail }: Instance) {
  return { provider, id, key, state, pricePerHourUsd, startedAt, detail };
}

type Ground = {
  /** Of this installation; null: it is gone, or the agent that has it does not run. */
  database: Database | null;
  providers: ReturnType<typeof openRented>['providers'];
  /** Vendors that cannot be asked as long as a setting of theirs is wrong. */
  unasked: { provider: string; reason: string }[];
  ctx: Pick<Context, 'log'>;
};

async function withGround<T>(
  session: GpuSession,
  installation: string | null,
  work: (ground: Ground) => Promise<T>,
): Promise<T> {
  const { config, faults } = session.settings;
  // One that is there only because its address is wrong is another database.
  const attached = faults.some(isOfDatabase) ? null : await attach(session).catch(() => null);
  try {
    const id = attached === null ? null : await withinTime(readInstallation(attached.state));
    const { root } = placesIn(config.general.dataFolder);
    const installationId = installation ?? id ?? (await readInstallationFile(root));
    const rented = openRented({
      ...{ config, installationId: installationId ?? '', metrics: null, version: readVersion() },
      maxAttempts,
    });
    const unasked = unaskedVendors(rented.providers, faults);
    if (rented.providers.length + unasked.length === 0) throw nobodyToAsk();
    if (installationId === null) throw nobodyKnows(root);
    // One that does not answer holds up nothing, and that of another installation holds nobody else's runs.
    const isTheirs = id !== null && labelPrefixOf(id) === labelPrefixOf(installationId);
    const database = isTheirs ? attached : null;
    return await work({ database, providers: rented.providers, unasked, ctx: { log: session.logging.log } });
  } finally {
    await attached?.close();
  }
}

const settingsOf = { saladcloud: /^SALAD_/, vast: /^VAST_/ } as const;
const isOfDatabase = (fault: string) => /^(DATABASE_URL|SUPABASE_|VAULT_)/.test(fault);

function unaskedVendors(asked: readonly ComputeProvider[], faults: readonly string[]): Ground['unasked'] {
  return Object.entries(settingsOf).flatMap(([provider, itsSettings]) => {
    const wrong = faults.filter((fault) => itsSettings.test(fault));
    if (wrong.length === 0 || asked.some(({ name }) => name === provider)) return [];
    return [{ provider, reason: `${wrong.join('. ')}.` }];
  });
}

function attach({ settings, logging }: GpuSession): Promise<Database> {
  const { config } = settings;
  return attachDatabase(config, placesIn(config.general.dataFolder).root, logging.log);
}

/** Whoever cannot ask must not say that nothing is there. */
function nobodyToAsk(): ConfigurationFailure {
  return new ConfigurationFailure(
    'Neither SALAD_API_KEY nor VAST_API_KEY is set here, so no vendor can be asked what is rented.',
    { code: 'gpu.no_vendor' },
  );
}

/** Machines of others must not be taken for ours. */
function nobodyKnows(root: string): ConfigurationFailure {
  return new ConfigurationFailure(
    `Nobody knows the id of this installation: its database does not answer, and ${root} has never been used. Name it with --installation: the 8 characters after "ka-" in the label of one of its machines.`,
    { code: 'gpu.installation_unknown' },
  );
}

async function withinTime<T>(work: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), databaseTimeoutMs);
  try {
    return await Promise.race([work.catch(() => null), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
