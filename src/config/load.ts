import { ConfigurationFailure } from '../domain/errors.ts';
import { contradictions } from './contradictions.ts';
import { Secret } from './secret.ts';
import type { MachineFacts, Setting } from './setting.ts';
import { groupTitles, settingsTable } from './settings-table.ts';
import {
  type Found,
  openSources,
  type SettingSources,
  type SourceKind,
  type SourceReader,
} from './sources.ts';
import type { TableValues } from './table-values.ts';
import { absolutePath } from './value-schemas.ts';

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
    /** What is wrong counts as not set, and stands in `faults`. */
    toleratesFaults?: boolean;
  };

/** One setting as `kaggle-agent config` shows it. */
export type SettingReport = {
  env: string;
  group: string;
  /** Secrets say `set` or `not set`. */
  value: string;
  from: SourceKind;
  defaultText: string;
  /** Vault has a value too, which this one hides. */
  hidesVault: boolean;
};

/** A secret in use, by the name of its setting. */
export type SecretCell = { env: string; from: SourceKind; secret: Secret };

export type LoadedSettings = {
  config: Config;
  report: readonly SettingReport[];
  /** Every secret in use, so that the log can take them out wherever they appear. */
  secrets: readonly Secret[];
  cells: readonly SecretCell[];
  /** What is wrong and was tolerated; no value is named. */
  faults: readonly string[];
};

/**
 * Reads all settings once, and says where each value came from.
 * @throws ConfigurationFailure `config.invalid` that names every fault at once, and no value.
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const known = Object.values(settingsTable).flatMap((group): Setting<unknown>[] => Object.values(group));
  const sources = openSources(options, known);
  const collected: Collected = { sources, options, faults: [], report: [], cells: [] };
  const values = readTable(collected);
  const together = options.mayBeIncomplete === true ? [] : contradictions(values);
  const faults = [...sources.faults, ...collected.faults, ...together];
  if (faults.length > 0 && options.toleratesFaults !== true) throw invalid(faults);
  const { report, cells } = collected;
  const secrets = cells.map(({ secret }) => secret);
  return { config: toConfig(values, options), report, cells, secrets, faults };
}

/**
 * Puts a newer value into a secret in use, once it has passed the check of its setting.
 * @returns what is wrong with it, or null
 */
export function replaceSecret({ env, secret }: SecretCell, text: string): string | null {
  const faults: string[] = [];
  const one = rowOf(env);
  const value = one === undefined ? undefined : parse(one, text.trim(), faults);
  if (value instanceof Secret) secret.replace(value.reveal());
  return faults[0] ?? null;
}

function rowOf(env: string): Setting<unknown> | undefined {
  return Object.values(settingsTable)
    .flatMap((group): Setting<unknown>[] => Object.values(group))
    .find((one) => one.env === env);
}

type Collected = {
  sources: SourceReader;
  options: LoadOptions;
  faults: string[];
  report: SettingReport[];
  cells: SecretCell[];
};

function readTable(collected: Collected): TableValues {
  const groups = Object.entries(settingsTable).map(([name, group]) => [
    name,
    Object.fromEntries(
      Object.entries(group).map(([key, one]) => [
        key,
        readSetting(name as keyof typeof settingsTable, one, collected),
      ]),
    ),
  ]);
  // Each value was parsed by the schema of its own row, or is null for an unset optional one. A row with a fault holds
  // undefined; then loadSettings throws before anybody reads it, unless faults are tolerated: then it is as if unset.
  return Object.fromEntries(groups) as TableValues;
}

function readSetting(
  group: keyof typeof settingsTable,
  one: Setting<unknown>,
  collected: Collected,
): unknown {
  const found = findText(one, collected);
  const text = found?.text ?? one.default?.(collected.options);
  const value = text === undefined ? null : parse(one, text, collected.faults);
  const from = found?.from ?? 'default';
  if (value instanceof Secret) collected.cells.push({ env: one.env, from, secret: value });
  collected.report.push({
    env: one.env,
    group: groupTitles[group],
    value: shown(one, text),
    from,
    defaultText: one.defaultText,
    hidesVault: found?.hidesVault ?? false,
  });
  return value;
}

/** Null too for one that is wrong, where that is tolerated. */
function findText(one: Setting<unknown>, { sources, options, faults }: Collected): Found | null {
  const found = sources.read(one);
  if (found === null || options.toleratesFaults !== true) return found;
  return parse(one, found.text, faults) === undefined ? null : found;
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

function toConfig(values: TableValues, options: LoadOptions): Config {
  const place = { base: options.baseFolder, home: options.homeFolder };
  const { general, arena, training, kaggle, vault } = values;
  return {
    ...values,
    general: { ...general, dataFolder: absolutePath(general.dataFolder, place) },
    arena: { ...arena, folders: arena.folders.map((folder) => absolutePath(folder, place)) },
    training: { ...training, python: training.python === null ? null : pythonOf(training.python, place) },
    vault: {
      ...vault,
      caCertificate: vault.caCertificate === null ? null : absolutePath(vault.caCertificate, place),
      kubernetesTokenFile: absolutePath(vault.kubernetesTokenFile, place),
    },
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
