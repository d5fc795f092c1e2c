import { randomUUID } from 'node:crypto';

export type SaladPriority = 'high' | 'medium' | 'low' | 'batch';
export const saladPriorities: readonly SaladPriority[] = ['high', 'medium', 'low', 'batch'];

/** A class of GPUs and the machines of strangers that have one. */
export type SaladClass = {
  id: string;
  name: string;
  /** US dollars an hour. */
  prices: Record<SaladPriority, number>;
  /** How many machines there are. */
  machines: number;
};

/** Medium and low lie on the line between high and batch, as they do in the vendor's lists of 2026. */
export function aClass(
  name: string,
  highUsd: number,
  batchUsd: number,
  { id = randomUUID(), machines = 20 }: { id?: string; machines?: number } = {},
): SaladClass {
  const step = (highUsd - batchUsd) / 3;
  const at = (steps: number) => Number((highUsd - steps * step).toFixed(3));
  return { id, name, machines, prices: { high: highUsd, medium: at(1), low: at(2), batch: batchUsd } };
}

/** As seen in 2026; one name begins with a blank, and several are nearly the same. */
export function usualClasses(): SaladClass[] {
  return [
    aClass('RTX 3090 (24 GB)', 0.25, 0.09, { id: 'a5db5c50-cbcb-4596-ae80-6a0c8090d80f' }),
    aClass(' RTX 3060 (12 GB)', 0.08, 0.04, { id: 'f51baccc-dc95-40fb-a5d1-6d0ee0db31d2' }),
    aClass('RTX 3060 (8 GB)', 0.08, 0.03, { id: 'cb6c1931-89b6-4f76-976f-54047320ccc7' }),
    aClass('RTX 4090 (24 GB)', 0.3, 0.16, { id: 'ed563892-aacd-40f5-80b7-90c9be6c759b' }),
    aClass('GTX 1650 (4 GB)', 0.02, 0.01, { id: '951131f6-5acf-489c-b303-0906be8b26e1' }),
  ];
}

export type SaladSettings = {
  organization: string;
  project: string;
  apiKey: string;
  classes: readonly SaladClass[];
  /** Images that can be fetched; null: every one. */
  images: readonly string[] | null;
  /** Of the account; null: never used up. */
  balanceUsd: number | null;
  quota: number;
  /** What too many replicas answer; not documented. */
  quotaStatus: 400 | 403;
  /** One of their seconds in real milliseconds: everything here takes so many times less, and bills as much. */
  secondMs: number;
  /** Seconds of theirs. */
  prepareSeconds: number;
  allocateSeconds: number;
  downloadSeconds: number;
  createSeconds: number;
  restartSeconds: number;
  /** From the order to end until the kill, between the two. */
  killSeconds: readonly [least: number, most: number];
  /** A removed name is refused for so long. */
  tombstoneSeconds: number;
  callsPerMinute: number;
  /** 0 (inclusive) to 1. */
  random: () => number;
  /** Of schedules and of times in answers. */
  now: () => Date;
  /** The zone in which schedules are read, as minutes from UTC; the vendor does not say which. */
  scheduleZoneMinutes: number;
  /** Folder with `python3`; null: containers only pretend to run. */
  pythonFolder: string | null;
};

export const usualSettings: Omit<SaladSettings, 'classes'> = {
  organization: 'our-organization',
  project: 'kaggle',
  apiKey: 'salad-key-0123456789',
  images: null,
  balanceUsd: null,
  quota: 10,
  quotaStatus: 403,
  secondMs: 5,
  prepareSeconds: 3,
  allocateSeconds: 4,
  downloadSeconds: 6,
  createSeconds: 2,
  restartSeconds: 3,
  killSeconds: [4, 80],
  tombstoneSeconds: 180,
  callsPerMinute: 240,
  random: Math.random,
  now: () => new Date(),
  scheduleZoneMinutes: 0,
  pythonFolder: null,
};

/** A refusal as the service words it (RFC 7807). */
export class SaladRefusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}
