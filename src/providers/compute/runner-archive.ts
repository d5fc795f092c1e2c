import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packTarGz } from './tar-archive.ts';

/**
 * The runner as a rented machine fetches it: its Python files, at the root of a tar.gz. The same files give the same
 * bytes, so their digest names them.
 * @param folder `runner/`
 */
export async function packRunner(folder: string): Promise<Buffer> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.py')).sort();
  return await packTarGz(
    await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(folder, name))]),
    ),
  );
}
