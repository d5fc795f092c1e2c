import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** One runner process, so that an agent that comes later recognises it, or knows it for somebody else's. */
const runRecordSchema = z.object({
  schema: z.literal(1),
  key: z.string(),
  pid: z.number().int().positive(),
  birthMark: z.string(),
  /** The agent that started it. */
  owner: z.object({ pid: z.number().int().positive(), birthMark: z.string() }),
  startedAt: z.iso.datetime(),
  /** Its graphics card. */
  card: z.string().nullable().default(null),
  /** Name of the container in which its script runs. */
  container: z.string().nullable().default(null),
});
export type RunRecord = z.output<typeof runRecordSchema>;

/** A key names a folder and a file. */
const keyPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}$/;

/** The records and scratch folders of local runs, side by side in one folder. */
export function createRunRecords(folder: string) {
  const fileOf = (key: string) => join(folder, `${key}.run.json`);
  const scratchOf = (key: string) => join(folder, key);

  async function write(record: RunRecord): Promise<void> {
    await mkdir(folder, { recursive: true });
    const partial = `${fileOf(record.key)}.partial`;
    await writeFile(partial, JSON.stringify(record));
    await rename(partial, fileOf(record.key));
  }

  async function readAll(): Promise<RunRecord[]> {
    const names = await readdir(folder).catch((): string[] => []);
    const texts = names
      .filter((name) => name.endsWith('.run.json'))
      .map((name) => readFile(join(folder, name), 'utf8').catch(() => ''));
    // A torn record cannot be: it is renamed into place. One of another version is not ours to judge.
    return (await Promise.all(texts)).flatMap((text) => parseRecord(text) ?? []);
  }

  async function remove(key: string): Promise<void> {
    await openUp(scratchOf(key));
    await rm(scratchOf(key), { recursive: true, force: true });
    await rm(fileOf(key), { force: true });
  }

  /** The HOME that the runner gives to a script in this scratch folder (runner/places.py). */
  const homeOf = (key: string) => join(scratchOf(key), 'home');

  return { write, readAll, remove, scratchOf, homeOf, isKey: (key: string) => keyPattern.test(key) };
}

export type RunRecords = ReturnType<typeof createRunRecords>;

/** A script may have closed folders of its own, and nobody but root can empty them. */
async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => {});
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await openUp(join(folder, entry.name));
}

function parseRecord(text: string): RunRecord | null {
  try {
    return runRecordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
