/** One thing that happened, in order. */
export type VastRecord = {
  /** Real time. */
  atMs: number;
  what:
    | 'request'
    | 'created'
    | 'running'
    | 'exited'
    | 'stopped'
    | 'destroyed'
    | 'fault'
    | 'refused'
    | 'self_destroyed';
  detail: string;
  /** Of the machine, where there is one. */
  id?: number;
  label?: string | null;
};

export type VastRecords = {
  add(what: VastRecord['what'], detail: string, machine?: { id: number; label: string | null }): void;
  all(): readonly VastRecord[];
  of(what: VastRecord['what']): VastRecord[];
};

/** The emulator's own log: only ever added to. */
export function someRecords(): VastRecords {
  const records: VastRecord[] = [];
  return {
    add(what, detail, machine) {
      const about = machine === undefined ? {} : { id: machine.id, label: machine.label };
      records.push({ atMs: Date.now(), what, detail, ...about });
    },
    all: () => records,
    of: (what) => records.filter((record) => record.what === what),
  };
}
