import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationFailure } from '../domain/errors.ts';

const ownSecretsSchema = z.object({
  linkSecret: z.string().min(32),
  opsKey: z.string().min(32),
  arenaToken: z.string().min(32),
  arenaKey: z.string().min(32),
});
export type OwnSecrets = z.output<typeof ownSecretsSchema>;

const secretBytes = 32;

export type DataFolder = {
  root: string;
  objects: string;
  scratch: string;
  /** Downloads that are under way, also those of a process that was killed. */
  downloads: string;
  logs: string;
  arena: string;
  /** Messages of the local chat page. */
  chat: string;
  /** Practice competitions that were added by hand. */
  competitions: string;
  /** Made by an emergency stop: the next start wants to be told to go on. */
  emergencyMarker: string;
  /** What emergency stops and crashes left for people to read. */
  diagnostics: string;
};

export function placesIn(root: string): DataFolder {
  return {
    root,
    objects: join(root, 'objects'),
    scratch: join(root, 'scratch'),
    downloads: join(root, 'downloads'),
    logs: join(root, 'logs'),
    arena: join(root, 'arena'),
    chat: join(root, 'chat'),
    competitions: join(root, 'competitions'),
    emergencyMarker: join(root, 'EMERGENCY'),
    diagnostics: join(root, 'diagnostics'),
  };
}

/** Makes the data folder, for nobody else to enter. @throws ConfigurationFailure `data.not_writable` */
export async function openDataFolder(root: string): Promise<DataFolder> {
  const places = placesIn(root);
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await access(root, constants.W_OK);
    const { objects, scratch, downloads, logs, arena, chat } = places;
    for (const folder of [objects, scratch, downloads, logs, arena, chat]) {
      await mkdir(folder, { recursive: true });
    }
  } catch (cause) {
    throw new ConfigurationFailure(
      `The data folder ${root} cannot be written, so the agent cannot start: mend its owner, or name another with KAGGLE_AGENT_DATA.`,
      { code: 'data.not_writable', cause },
    );
  }
  return places;
}

/** Empties what a killed agent left of files that live no longer than one call. */
export async function emptyScratch(places: DataFolder): Promise<void> {
  await rm(places.scratch, { recursive: true, force: true });
  await mkdir(places.scratch, { recursive: true });
}

/** The secrets that the product needs itself; made on the first start, readable by their owner alone. */
export async function ownSecrets(places: DataFolder): Promise<OwnSecrets> {
  const file = join(places.root, 'secrets.json');
  const stored = (await readFile(file, 'utf8').catch(() => null)) ?? (await makeSecrets(file));
  const parsed = ownSecretsSchema.safeParse(parseJson(stored));
  if (parsed.success) return parsed.data;
  throw new ConfigurationFailure(`${file} is damaged; remove it, and new secrets are made.`, {
    code: 'data.bad_secrets',
  });
}

/** Whole or not at all, and only once: another process may be starting on this folder at the same moment. */
async function makeSecrets(file: string): Promise<string> {
  const make = () => randomBytes(secretBytes).toString('hex');
  const secrets = { linkSecret: make(), opsKey: make(), arenaToken: make(), arenaKey: make() };
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, JSON.stringify(secrets), { mode: 0o600 });
  try {
    await link(partial, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(partial, { force: true });
  }
  return await readFile(file, 'utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
