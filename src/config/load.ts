import { ConfigurationFailure } from '../domain/errors.ts';
import { Secret } from './secret.ts';
import type { MachineFacts, Setting } from './setting.ts';
import { groupTitles, settingsTable } from './settings-table.ts';
import { openSources, type SettingSources, type SourceKind, type SourceReader } from './sources.ts';
import { absolutePath } from './value-schemas.ts';

type Table = typeof settingsTable;
type Values<Group> = { [Key in keyof Group]: Group[Key] extends Setting<infer Value> ? Value : never };
type TableValues = { [Group in keyof Table]: Values<Table[Group]> };

/** How the real Kaggle is entered; null: nothing is set, so the practice arena is used. */
export type KaggleAccess =
  | { kind: 'bearer'; token: Secret }
  | { kind: 'basic'; username: string; key: Secret };

/** All settings, in the groups of the table; modules receive only their group. */
export type Config = Omit<TableValues, 'kaggle'> & {
  kaggle: { access: KaggleAccess | null; baseUrl: string };
};

export type LoadOptions = SettingSources &
  MachineFacts & {
    /** Relative paths are relative to this one. */
    baseFolder: string;
    homeFolder: string;
    /** Settings that need each other may be set by halves. */
    mayBeIncomplete?: boolean;
  };

/** One setting as `kaggle-agent config` shows it. */
export type SettingReport = {
  env: string;
  group: string;
  /** Secrets say `set` or `not set`. */
  value: string;
  from: SourceKind;
  defaultText: string;
};

export type LoadedSettings = {
  config: Config;
  report: readonly SettingReport[];
  /** Every secret in use, so that the log can take them out wherever they appear. */
  secrets: readonly Secret[];
};

/**
 * Reads all settings once.
 * @throws ConfigurationFailure `config.invalid` that names every fault at once, and no value.
 */
export function loadConfig(options: LoadOptions): Config {
  return loadSettings(options).config;
}

/** As `loadConfig`, and says where each value came from. @throws ConfigurationFailure `config.invalid` */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const known = Object.values(settingsTable).flatMap((group): Setting<unknown>[] => Object.values(group));
  const sources = openSources(options, known);
  const collected: Collected = { sources, options, faults: [], report: [], secrets: [] };
  const values = readTable(collected);
  const together = options.mayBeIncomplete === true ? [] : contradictions(values);
  const faults = [...sources.faults, ...collected.faults, ...together];
  if (faults.length > 0) throw invalid(faults);
  return { config: toConfig(values, options), report: collected.report, secrets: collected.secrets };
}

type Collected = {
  sources: SourceReader;
  options: LoadOptions;
  faults: string[];
  report: SettingReport[];
  secrets: Secret[];
};

function readTable(collected: Collected): TableValues {
  const groups = Object.entries(settingsTable).map(([name, group]) => [
    name,
    Object.fromEntries(
      Object.entries(group).map(([key, one]) => [key, readSetting(name as keyof Table, one, collected)]),
    ),
  ]);
  // Each value was parsed by the schema of its own row, or is null for an unset optional one. A row with a
  // fault holds undefined; then loadSettings throws before anybody reads it.
  return Object.fromEntries(groups) as TableValues;
}

function readSetting(group: keyof Table, one: Setting<unknown>, collected: Collected): unknown {
  const found = collected.sources.read(one);
  const text = found?.text ?? one.default?.(collected.options);
  const value = text === undefined ? null : parse(one, text, collected.faults);
  if (value instanceof Secret) collected.secrets.push(value);
  collected.report.push({
    env: one.env,
    group: groupTitles[group],
    value: shown(one, text),
    from: found?.from ?? 'default',
    defaultText: one.defaultText,
  });
  return value;
}

function shown(one: Setting<unknown>, text: string | undefined): string {
  if (text === undefined || text === '') return 'not set';
  return one.isSecret ? 'set' : text;
}

function parse(one: Setting<unknown>, text: string, faults: string[]): unknown {
  const parsed = one.schema.safeParse(text);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues[0]?.message ?? 'be something else';
  faults.push(`${one.env}: must ${reason}; for example ${one.env}=${one.example}`);
  return undefined;
}

/** Settings that are fine alone and wrong together. */
function contradictions(values: TableValues): string[] {
  const { kaggle, http, arena, talking, slack } = values;
  const faults: string[] = [...chatFaults(values)];
  if (kaggle.username !== null && kaggle.key === null) {
    faults.push('KAGGLE_KEY: is needed while KAGGLE_USERNAME is set (or use KAGGLE_API_TOKEN alone)');
  }
  if (kaggle.key !== null && kaggle.username === null) {
    faults.push('KAGGLE_USERNAME: is needed while KAGGLE_KEY is set (or use KAGGLE_API_TOKEN alone)');
  }
  const ports = [
    ['PORT', http.port],
    ['KAGGLE_AGENT_ARENA_PORT', arena.port],
    ['KAGGLE_AGENT_ARENA_STORAGE_PORT', arena.storagePort],
    ['KAGGLE_AGENT_PAGE_PORT', talking.pagePort],
    ['SLACK_HTTP_PORT', slack.httpPort],
  ] as const;
  for (const [index, [name, port]] of ports.entries()) {
    const other = ports.slice(0, index).find(([, earlier]) => earlier === port && port !== 0);
    if (other !== undefined)
      faults.push(`${name}: must differ from ${other[0]}; for example ${name}=${port + 1}`);
  }
  return faults;
}

/** A chat is connected whole or not at all. */
function chatFaults({ slack, discord }: TableValues): string[] {
  const faults: string[] = [];
  if (slack.botToken !== null) {
    if (slack.appToken === null && slack.signingSecret === null) {
      faults.push(
        'SLACK_APP_TOKEN: is needed while SLACK_BOT_TOKEN is set (or SLACK_SIGNING_SECRET for HTTP)',
      );
    }
    if (slack.channel === null) faults.push('SLACK_CHANNEL: is needed while SLACK_BOT_TOKEN is set');
  } else if (slack.appToken !== null || slack.signingSecret !== null) {
    faults.push('SLACK_BOT_TOKEN: is needed while SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is set');
  }
  if (discord.token !== null) {
    if (discord.guildId === null) faults.push('DISCORD_GUILD_ID: is needed while DISCORD_TOKEN is set');
    if (discord.channelId === null) faults.push('DISCORD_CHANNEL_ID: is needed while DISCORD_TOKEN is set');
  }
  return faults;
}

function toConfig(values: TableValues, options: LoadOptions): Config {
  const place = { base: options.baseFolder, home: options.homeFolder };
  const { general, arena, training, kaggle } = values;
  return {
    ...values,
    general: { ...general, dataFolder: absolutePath(general.dataFolder, place) },
    arena: { ...arena, folders: arena.folders.map((folder) => absolutePath(folder, place)) },
    training: { ...training, python: training.python === null ? null : pythonOf(training.python, place) },
    kaggle: { access: accessOf(kaggle), baseUrl: kaggle.baseUrl },
  };
}

/** A bare name such as `python3` is looked up on the PATH later; anything with a slash is a path. */
function pythonOf(python: string, place: { base: string; home: string }): string {
  return python.includes('/') || python.includes('\\') ? absolutePath(python, place) : python;
}

function accessOf({ token, username, key }: TableValues['kaggle']): KaggleAccess | null {
  if (token !== null) return { kind: 'bearer', token };
  if (username !== null && key !== null) return { kind: 'basic', username, key };
  return null;
}

function invalid(faults: readonly string[]): ConfigurationFailure {
  const head = faults.length === 1 ? 'A setting is wrong:' : `${faults.length} settings are wrong:`;
  return new ConfigurationFailure([head, ...faults.map((fault) => `  ${fault}`)].join('\n'), {
    code: 'config.invalid',
    details: { faults },
  });
}
