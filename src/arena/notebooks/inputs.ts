import type { Competition, PublicFile } from '../competition-schema.ts';
import type { KernelVersion } from './kernel-events.ts';
import type { Kernel, KernelView } from './kernel-history.ts';
import { type NotebookInput, outputFiles } from './notebook-folder.ts';
import { sessionRoot } from './session-folder.ts';

type Needs = {
  competitions: ReadonlyMap<string, Competition>;
  account: { kernels: KernelView };
  stateFolder: string;
};

/** The newest version of a notebook that ran to its end: what others see as its output. */
export function newestComplete(kernels: KernelView, kernel: Kernel): KernelVersion | null {
  return kernel.versions.findLast(({ sessionId }) => kernels.end(sessionId)?.status === 'COMPLETE') ?? null;
}

/**
 * What lies below /kaggle/input: the files of the competitions, and the outputs of the notebooks that are attached.
 * @param rerunOf the competition whose files are replaced by those of its hidden test set
 */
export async function inputsOf(
  { competitions, account, stateFolder }: Needs,
  version: KernelVersion,
  rerunOf: string | null,
): Promise<NotebookInput[]> {
  const inputs: NotebookInput[] = version.competitions.flatMap((slug) => {
    const competition = competitions.get(slug);
    if (competition === undefined) return [];
    return [{ name: slug, files: slug === rerunOf ? withHiddenTest(competition) : competition.files }];
  });
  for (const slug of version.kernels) {
    const kernel = account.kernels.bySlug(slug);
    const complete = kernel === null ? null : newestComplete(account.kernels, kernel);
    if (complete === null) continue;
    const files = await outputFiles(sessionRoot(stateFolder, complete.sessionId));
    inputs.push({ name: slug, files });
  }
  return inputs;
}

function withHiddenTest({ files, rerunFiles }: Competition): readonly PublicFile[] {
  const replaced = new Set(rerunFiles.map(({ name }) => name));
  return [...files.filter(({ name }) => !replaced.has(name)), ...rerunFiles];
}
