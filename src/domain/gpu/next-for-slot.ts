/** A run that waits for a machine. */
export type WaitingRun = {
  id: string;
  competitionId: string;
  /** Of its competition: 1 is served first. */
  priority: number;
  createdAt: Date;
};

/**
 * The waiting runs in the order in which free slots go to them: the highest priority first, and no competition gets a
 * second slot while another waits for its first one.
 * @param busy competitions of the slots that are taken, once for each slot
 */
export function orderForSlots<Run extends WaitingRun>(
  waiting: readonly Run[],
  busy: readonly string[],
): Run[] {
  const held = new Map<string, number>();
  for (const id of busy) held.set(id, (held.get(id) ?? 0) + 1);
  const left = waiting.toSorted(byPriority);
  const order: Run[] = [];
  while (left.length > 0) {
    const next = left.reduce((best, run) => (hasLess(held, run, best) ? run : best));
    order.push(next);
    left.splice(left.indexOf(next), 1);
    held.set(next.competitionId, (held.get(next.competitionId) ?? 0) + 1);
  }
  return order;
}

/** Whether one of the free slots is this run's now. */
export function isItsTurn(
  id: string,
  waiting: readonly WaitingRun[],
  busy: readonly string[],
  freeSlots: number,
): boolean {
  return orderForSlots(waiting, busy)
    .slice(0, Math.max(0, freeSlots))
    .some((run) => run.id === id);
}

/** Only its first slot sets a competition apart; beyond that the priority decides. */
function hasLess(held: ReadonlyMap<string, number>, run: WaitingRun, best: WaitingRun): boolean {
  const waitsForFirst = (one: WaitingRun) => (held.get(one.competitionId) ?? 0) === 0;
  return waitsForFirst(run) && !waitsForFirst(best);
}

function byPriority(a: WaitingRun, b: WaitingRun): number {
  return (
    a.priority - b.priority ||
    a.createdAt.getTime() - b.createdAt.getTime() ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  );
}
