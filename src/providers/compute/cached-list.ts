import type { ComputeProvider, Instance } from './contract.ts';

/**
 * A provider whose list is asked for at most once in a while, however many runs are watched: vendors limit their calls.
 * What it starts or ends makes the list old at once, and who needs a fresh one gets it.
 */
export function withCachedList<Provider extends ComputeProvider>(
  provider: Provider,
  { maxAgeMs, now }: { maxAgeMs: number; now: () => Date },
): Provider {
  let cached: { at: number; instances: Instance[] } | null = null;
  /** Counts what makes a list old that is under way. */
  let changes = 0;

  const list: ComputeProvider['list'] = async (options) => {
    const at = now().getTime();
    if (options.isFresh !== true && cached !== null && Math.abs(at - cached.at) < maxAgeMs)
      return cached.instances;
    const before = changes;
    const instances = await provider.list(options);
    if (changes === before) cached = { at, instances };
    return instances;
  };

  const forget = (): void => {
    changes += 1;
    cached = null;
  };

  const changing = async <T>(work: () => Promise<T>): Promise<T> => {
    forget();
    try {
      return await work();
    } finally {
      forget();
    }
  };

  return {
    ...provider,
    list,
    start: (spec, options) => changing(() => provider.start(spec, options)),
    stop: (id, options) => changing(() => provider.stop(id, options)),
  };
}
