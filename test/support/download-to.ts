import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DownloadOptions, KaggleClient, LocalFile } from '../../src/providers/kaggle/contract.ts';

/** Downloads a competition's data to a folder, as plain files; what is under way lies beside it. */
export async function downloadTo(
  client: Pick<KaggleClient, 'downloadData'>,
  slug: string,
  folder: string,
  options: Partial<DownloadOptions> = {},
): Promise<LocalFile[]> {
  const files = await client.downloadData(slug, {
    folder: `${folder}.download`,
    signal: new AbortController().signal,
    async take({ name }, body) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await pipeline(body, createWriteStream(join(folder, name)));
    },
    ...options,
  });
  await rm(`${folder}.download`, { recursive: true });
  return files.map((file) => ({ ...file, path: join(folder, file.name) }));
}
