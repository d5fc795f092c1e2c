import type { Instance } from './contract.ts';
import type { VastMachines } from './vast-machines.ts';
import type { VastInstance } from './vast-schemas.ts';
import { detailOf, priceOf, stateOf, troubleOf, type VastPatience } from './vast-state.ts';

/**
 * Machines of this installation, by the prefix of their labels, with what is wrong with them. It remembers how long each
 * has stood still, since Vast.ai does not tell.
 */
export function createVastList(options: {
  machines: VastMachines;
  labelPrefix: string;
  patience: VastPatience;
  now: () => Date;
  /** Asked where machines stand still: they do when they were outbid, and when the account is empty. */
  hasCredit: (signal: AbortSignal) => Promise<boolean>;
}) {
  const { machines, labelPrefix, patience, now } = options;
  let marks = new Map<number, { mark: string; sinceMs: number }>();

  function unchanged(ours: readonly VastInstance[]): Map<number, number> {
    const atMs = now().getTime();
    marks = new Map(
      ours.map((instance) => {
        const mark = `${instance.actual_status ?? ''} ${instance.status_msg ?? ''}`;
        const before = marks.get(instance.id);
        return [instance.id, before?.mark === mark ? before : { mark, sinceMs: atMs }];
      }),
    );
    return new Map([...marks].map(([id, { sinceMs }]) => [id, atMs - sinceMs]));
  }

  return async (signal: AbortSignal): Promise<Instance[]> => {
    const ours = (await machines.all(signal)).filter((instance) => instance.label?.startsWith(labelPrefix));
    const unchangedMs = unchanged(ours);
    const isHalted = ours.some(
      (one) => one.actual_status === 'stopped' || one.actual_status === 'scheduling',
    );
    const hasCredit = !isHalted || (await options.hasCredit(signal));
    return ours.map((instance) => ({
      id: String(instance.id),
      provider: 'vast',
      key: instance.label ?? null,
      state: stateOf(instance),
      startedAt: instance.start_date == null ? null : new Date(instance.start_date * 1_000),
      pricePerHourUsd: priceOf(instance),
      node: instance.machine_id == null ? null : String(instance.machine_id),
      trouble: troubleOf(instance, { unchangedMs: unchangedMs.get(instance.id) ?? 0, hasCredit, patience }),
      detail: detailOf(instance),
    }));
  };
}
