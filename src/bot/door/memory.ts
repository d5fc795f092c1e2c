import type { CommandFlows, KnownCompetition } from '../../domain/command-results.ts';
import type { Log } from '../../domain/log.ts';
import type { DecisionView } from '../../domain/overview.ts';
import type { Preferences } from '../../domain/preferences.ts';

const refreshEveryMs = 30_000;

/**
 * What must be answered at once, without the database: suggestions while somebody types, forms, and how people
 * want to be talked to. Nothing that is changed is decided by it.
 */
export type Memory = {
  known(): readonly KnownCompetition[];
  openDecisions(): readonly DecisionView[];
  preferences(): Preferences;
  keepPreferences(preferences: Preferences): void;
  /** Reads everything now. Never throws: what was there stays. */
  refresh(): Promise<void>;
  /** Refreshes now, and every 30 s until the signal aborts. */
  start(signal: AbortSignal): void;
};

export function createMemory({
  flows,
  preferences: initial,
  log,
}: {
  flows: () => CommandFlows;
  preferences: Preferences;
  log: Log;
}): Memory {
  let known: readonly KnownCompetition[] = [];
  let open: readonly DecisionView[] = [];
  let preferences = initial;
  let isBusy = false;

  const refresh = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      const reader = flows();
      known = await reader.known();
      open = await reader.decisions({ slug: null });
      preferences = await reader.preferences();
    } catch (err) {
      log.debug({ err }, 'what is suggested could not be read anew');
    } finally {
      isBusy = false;
    }
  };

  return {
    known: () => known,
    openDecisions: () => open,
    preferences: () => preferences,
    keepPreferences: (kept) => {
      preferences = kept;
    },
    refresh,
    start(signal) {
      if (signal.aborted) return;
      void refresh();
      const timer = setInterval(() => void refresh(), refreshEveryMs);
      timer.unref();
      signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
  };
}
