import { readFileSync } from 'node:fs';
import { nearestName } from '../domain/nearest-name.ts';
import { codeOf, readEnvFile } from './env-file.ts';

export const sourceKinds = ['flag', 'environment', 'file', '.env', 'vault', 'default'] as const;
export type SourceKind = (typeof sourceKinds)[number];

export type Texts = Readonly<Record<string, string | undefined>>;

export type SettingSources = {
  environment: Texts;
  /** Path of the settings file; it need not exist. Null: none is read. */
  envFile: string | null;
  /** What the command line says, by the name of the environment variable. */
  flags: Texts;
  /** What lies in Vault, by the name of the environment variable; left out where nobody has looked. */
  vault?: Texts;
};

export type NameFacts = { env: string; isSecret: boolean };

export type Found = {
  text: string;
  from: SourceKind;
  /** Vault has a value too, which is not used. */
  hidesVault: boolean;
};

export type SourceReader = {
  /** The text of a setting from the first source that has one; empty counts as unset. */
  read(named: NameFacts): Found | null;
  /** What is wrong with the sources themselves. */
  faults: string[];
};

const ownPrefix = 'KAGGLE_AGENT_';

/** The sources of settings in their order: flag, environment, file named by `<NAME>_FILE`, settings file, Vault. */
export function openSources(sources: SettingSources, known: readonly NameFacts[]): SourceReader {
  const settingsFile = sources.envFile === null ? { values: {}, faults: [] } : readEnvFile(sources.envFile);
  const layers: { texts: Texts; kind: SourceKind }[] = [
    { texts: sources.flags, kind: 'flag' },
    { texts: sources.environment, kind: 'environment' },
    { texts: settingsFile.values, kind: '.env' },
  ];
  const inVault = (env: string): string => sources.vault?.[env]?.trim() ?? '';
  const faults = [
    ...settingsFile.faults,
    ...unknownNames({ ...sources.flags, ...sources.environment }, settingsFile.values, known),
  ];

  return {
    faults,
    read({ env, isSecret }) {
      const hidesVault = inVault(env) !== '';
      for (const { texts, kind } of layers) {
        const text = texts[env]?.trim();
        if (text !== undefined && text !== '') return { text, from: kind, hidesVault };
        const file = isSecret ? texts[`${env}_FILE`]?.trim() : undefined;
        if (file === undefined || file === '') continue;
        const content = readSecretFile(env, file, faults);
        if (content !== null) return { text: content, from: 'file', hidesVault };
      }
      return hidesVault ? { text: inVault(env), from: 'vault', hidesVault: false } : null;
    },
  };
}

function readSecretFile(env: string, file: string, faults: string[]): string | null {
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (content !== '') return content;
    faults.push(`${env}_FILE: the file ${file} is empty; write the value of ${env} into it`);
  } catch (error) {
    faults.push(
      `${env}_FILE: the file ${file} cannot be read (${codeOf(error)}); name a readable file that holds the value of ${env}`,
    );
  }
  return null;
}

/** Own names are all known; in the settings file a vendor's name that is nearly a known one is a slip too. */
function unknownNames(environment: Texts, settingsFile: Texts, known: readonly NameFacts[]): string[] {
  const names = known.flatMap(({ env, isSecret }) => (isSecret ? [env, `${env}_FILE`] : [env]));
  const isKnown = new Set(names);
  const set = (texts: Texts): string[] => Object.keys(texts).filter((name) => (texts[name] ?? '') !== '');
  const unknown = new Set([...set(environment), ...set(settingsFile)].filter((name) => !isKnown.has(name)));
  const faults: string[] = [];
  for (const name of unknown) {
    const isOwn = name.startsWith(ownPrefix);
    const near = nearestName(name, names, isOwn ? 3 : 2);
    if (isOwn)
      faults.push(
        `${name}: is no setting${near === null ? '; docs/configuration.md lists all' : `; did you mean ${near}?`}`,
      );
    else if (near !== null && name in settingsFile)
      faults.push(`${name}: is no setting; did you mean ${near}?`);
  }
  return faults;
}
