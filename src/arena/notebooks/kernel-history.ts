import type { AccountEvent } from '../account-events.ts';
import type { KernelVersion, SessionEnd } from './kernel-events.ts';

export type Kernel = {
  kernelId: number;
  slug: string;
  title: string;
  /** Oldest first; never empty. */
  versions: KernelVersion[];
  latest: KernelVersion;
};

/** How a session ended. */
export type EndedSession = { status: SessionEnd; failureMessage: string; startedAt: Date; endedAt: Date };

/** First ids; those of the vendor look like these. */
const firstKernelId = 110_000_001;
const firstSessionId = 330_000_001;

export type KernelView = ReturnType<typeof createKernelHistory>['view'];

/** Notebooks of the account, as its journal tells. */
export function createKernelHistory() {
  const kernels = new Map<number, Kernel>();
  const versions = new Map<number, KernelVersion>();
  const ends = new Map<number, EndedSession>();
  let kernelCount = 0;

  const apply = (event: AccountEvent): void => {
    if (event.type === 'kernel_saved') {
      const { type: _, ...version } = event;
      const { kernelId, slug, title } = version;
      const known = kernels.get(kernelId);
      if (known === undefined) kernelCount += 1;
      const all = [...(known?.versions ?? []), version];
      kernels.set(kernelId, { kernelId, slug, title, versions: all, latest: version });
      versions.set(version.sessionId, version);
    }
    if (event.type === 'kernel_session_ended') {
      const { status, failureMessage, startedAt, at: endedAt } = event;
      ends.set(event.sessionId, { status, failureMessage, startedAt, endedAt });
    }
    if (event.type === 'kernel_deleted') kernels.delete(event.kernelId);
  };

  return {
    apply,
    view: {
      all: (): Kernel[] => [...kernels.values()],
      byId: (kernelId: number): Kernel | null => kernels.get(kernelId) ?? null,
      bySlug: (slug: string): Kernel | null =>
        [...kernels.values()].find((kernel) => kernel.slug === slug) ?? null,
      /** The version that a session runs; also of a deleted notebook. */
      version: (sessionId: number): KernelVersion | null => versions.get(sessionId) ?? null,
      end: (sessionId: number): EndedSession | null => ends.get(sessionId) ?? null,
      /** Versions that were to run, with the end of those that have one, oldest first. */
      sessions: (): (KernelVersion & { end: EndedSession | null })[] =>
        [...versions.values()]
          .filter(({ isRun }) => isRun)
          .map((version) => ({ ...version, end: ends.get(version.sessionId) ?? null })),
      nextKernelId: (): number => firstKernelId + kernelCount,
      nextSessionId: (): number => firstSessionId + versions.size,
    },
  };
}
