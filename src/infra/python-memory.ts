import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';

const memorySchema = z.object({
  schema: z.literal(1),
  program: z.string(),
  /** Everything that changes with what is installed, and when it did last (milliseconds); null: not there. */
  stamps: z.array(z.tuple([z.string(), z.number().nullable()])),
  answer: z.string(),
});

/** What interpreters said of themselves: asking one means importing its packages, which takes seconds. */
export type PythonMemory = {
  /** @returns null where nothing is known, or where something was installed or removed since */
  recall(program: string): Promise<string | null>;
  /** @param places folders and files that change with what is installed */
  keep(program: string, answer: string, places: readonly string[]): Promise<void>;
};

/** Kept in `folder`; where that cannot be written nothing is remembered. */
export function createPythonMemory(folder: string): PythonMemory {
  const fileOf = (program: string) =>
    join(folder, `python-${createHash('sha256').update(program).digest('hex').slice(0, 16)}.json`);

  return {
    async recall(program) {
      // A mere name may lead elsewhere the next time.
      if (!isAbsolute(program)) return null;
      try {
        const kept = memorySchema.parse(JSON.parse(await readFile(fileOf(program), 'utf8')));
        const now = await stampsOf(kept.stamps.map(([path]) => path));
        const isSame = kept.program === program && JSON.stringify(now) === JSON.stringify(kept.stamps);
        return isSame ? kept.answer : null;
      } catch {
        return null;
      }
    },
    async keep(program, answer, places) {
      if (!isAbsolute(program)) return;
      const stamps = await stampsOf([...new Set([program, ...places])]);
      const file = fileOf(program);
      const partial = `${file}.${randomUUID()}`;
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(partial, JSON.stringify({ schema: 1, program, stamps, answer }));
        await rename(partial, file);
      } catch {
        // Asked anew the next time.
      }
    },
  };
}

async function stampsOf(paths: readonly string[]): Promise<[string, number | null][]> {
  return await Promise.all(
    paths.map(async (path): Promise<[string, number | null]> => {
      const found = await stat(path).catch(() => null);
      return [path, found?.mtimeMs ?? null];
    }),
  );
}
