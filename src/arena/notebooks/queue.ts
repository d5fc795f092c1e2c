/** Tasks in the order they came, so many at once. A task must not throw. */
export function createQueue(atOnce: number) {
  const waiting: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();

  const next = (): void => {
    while (running.size < atOnce) {
      const task = waiting.shift();
      if (task === undefined) return;
      const work = task().finally(() => {
        running.delete(work);
        next();
      });
      running.add(work);
    }
  };
  return {
    add(task: () => Promise<void>): void {
      waiting.push(task);
      next();
    },
    async drained(): Promise<void> {
      while (running.size > 0) await Promise.allSettled([...running]);
    },
  };
}
