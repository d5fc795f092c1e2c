import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import type { OpenRequest } from '../cli/commands.ts';
import { type LoadedSettings, type LoadOptions, loadSettings } from '../config/load.ts';
import type { Texts } from '../config/sources.ts';
import { createLogger, type Logging } from '../infra/logger.ts';
import { placesIn } from './data-folder.ts';
import { type OpenedSecrets, openSecrets } from './secrets.ts';

/** A practice run takes only what finds programs; keys and addresses of the environment are ignored. */
const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'KAGGLE_AGENT_PYTHON'] as const;

export type Surroundings = {
  environment: Texts;
  workingFolder: string;
  stderr: { write(text: string): unknown };
  /** Told as soon as there is a log. */
  onOpened: (logging: Logging, logFile: string) => void;
  now?: () => Date;
};

/**
 * The settings of one call of the command line from all their sources, Vault last, and the log that they ask for.
 * @throws ConfigurationFailure `config.invalid`, and what `openSecrets` throws
 */
export async function openSettings(
  around: Surroundings,
  request: OpenRequest,
  signal: AbortSignal,
): Promise<OpenedSecrets & { logging: Logging }> {
  const { mayBeIncomplete, secrets: demand } = request;
  const sources = sourcesOf(around, request);
  const load = (given: Pick<LoadOptions, 'vault' | 'mayBeIncomplete'>) =>
    loadSettings({ ...sources, ...given });
  const bootstrap = loadBootstrap(load, mayBeIncomplete);
  const logging = openLog(around, request, bootstrap);
  if (bootstrap.config.vault.address === null) {
    return { settings: bootstrap, vault: null, failure: null, logging };
  }
  const opened = await openSecrets({
    bootstrap,
    load,
    mayBeIncomplete,
    demand,
    log: logging.log,
    now: around.now ?? (() => new Date()),
    random: Math.random,
    signal,
  });
  logging.addSecrets(opened.settings.secrets);
  return { ...opened, logging };
}

function sourcesOf(
  { environment, workingFolder }: Surroundings,
  { isDemo, flags, toleratesFaults }: OpenRequest,
): LoadOptions {
  const place = {
    cores: availableParallelism(),
    baseFolder: workingFolder,
    homeFolder: homedir(),
    toleratesFaults,
  };
  if (!isDemo) return { environment, envFile: join(workingFolder, '.env'), flags, ...place };
  return {
    environment: Object.fromEntries(kept.map((name) => [name, environment[name]])),
    envFile: null,
    flags: { KAGGLE_AGENT_DATA: join(workingFolder, 'data', 'demo'), ...flags },
    ...place,
  };
}

/** What is known without Vault; where Vault is configured, it may know what is missing. */
function loadBootstrap(
  load: (given: Pick<LoadOptions, 'mayBeIncomplete'>) => LoadedSettings,
  mayBeIncomplete: boolean,
): LoadedSettings {
  try {
    return load({ mayBeIncomplete });
  } catch (error) {
    const bootstrap = loadOrNull(() => load({ mayBeIncomplete: true }));
    if (bootstrap === null || bootstrap.config.vault.address === null) throw error;
    return bootstrap;
  }
}

function loadOrNull(load: () => LoadedSettings): LoadedSettings | null {
  try {
    return load();
  } catch {
    return null;
  }
}

function openLog(
  { stderr, onOpened }: Surroundings,
  { isVerbose }: OpenRequest,
  { config, secrets }: LoadedSettings,
): Logging {
  const file = join(placesIn(config.general.dataFolder).logs, 'agent.log');
  const logging = createLogger({
    level: config.general.logLevel,
    file,
    readable: isVerbose ? stderr : null,
    secrets,
  });
  onOpened(logging, file);
  return logging;
}
