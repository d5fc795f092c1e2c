/** The watch over the machines that cost money, as the health checks see it. */
export type CostWatch = {
  /** Looks at all machines now; a look that is under way is joined. @throws what the watch throws */
  run(signal: AbortSignal): Promise<void>;
  /** What happened meanwhile was not seen: the next check looks again. */
  doubt(): void;
  /** Well while the last look was; otherwise it is made again, so that it need not wait for its turn. */
  check(signal: AbortSignal): Promise<void>;
};

export function createCostWatch(watch: (signal: AbortSignal) => Promise<unknown>): CostWatch {
  let isDoubtful = false;
  let looking: Promise<void> | null = null;

  const look = async (signal: AbortSignal): Promise<void> => {
    isDoubtful = false;
    try {
      await watch(signal);
    } catch (error) {
      isDoubtful = true;
      throw error;
    }
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    looking ??= look(signal).finally(() => {
      looking = null;
    });
    await looking;
  };
  return {
    run,
    doubt() {
      isDoubtful = true;
    },
    async check(signal) {
      if (isDoubtful) await run(signal);
    },
  };
}
