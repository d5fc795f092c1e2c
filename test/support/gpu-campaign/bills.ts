import type pg from 'pg';
import { microUsd } from '../../../src/domain/micro-usd.ts';
import type { Vendors } from './vendors.ts';
import type { VendorLog } from './verdict.ts';

/** One start of a run, by the vendor's bill and by the ledger. In US dollars. */
export type BilledKey = {
  key: string;
  billedUsd: number;
  /** That were billed. */
  hours: number;
  reservedUsd: number;
  settledUsd: number;
};

export type Hindsight = { paidUsd: number; leastUsd: number };

const msPerHour = 3_600_000;

/** On the monotonic clock of this process. */
const monotonic = (wallMs: number) => wallMs - performance.timeOrigin;

export function vendorLogOf({ saladcloud, vast }: Vendors): VendorLog {
  const orNull = (wallMs: number | null) => (wallMs === null ? null : monotonic(wallMs));
  return {
    rates: [
      ...saladcloud.meter.spans().map(({ group, usdPerHour, fromMs, toMs }) => {
        return { label: group, usdPerHour, fromMs, toMs };
      }),
      ...vast.rates.map(({ label, usdPerHour, fromMs, toMs }) => {
        return { label: label ?? '', usdPerHour, fromMs: monotonic(fromMs), toMs: orNull(toMs) };
      }),
    ],
    lives: [
      ...saladcloud.lives.map(({ group, fromMs, toMs }) => ({ label: group, fromMs, toMs })),
      ...vast.machines.map(({ label, createdRealMs, destroyedRealMs }) => {
        return { label: label ?? '', fromMs: monotonic(createdRealMs), toMs: orNull(destroyedRealMs) };
      }),
    ],
    runs: [
      ...saladcloud.runs.map(({ group, fromMs, toMs }) => ({ label: group, fromMs, toMs })),
      ...vast.runs().map(({ label, fromMs, toMs }) => {
        return { label: label ?? '', fromMs: monotonic(fromMs), toMs: orNull(toMs) };
      }),
    ],
  };
}

/** Every start of an installation that reached the ledger or a bill. */
export async function billsOf(pool: pg.Pool, vendors: Vendors, prefix: string): Promise<BilledKey[]> {
  const { rows } = await pool.query<{ key: string; reserved: string; settled: string }>(
    `select key, coalesce(sum(micro_usd) filter (where entry = 'reserve'), 0) as reserved,
       coalesce(sum(micro_usd) filter (where entry = 'settle'), 0) as settled
     from spend_ledger where kind = 'gpu' group by key`,
  );
  const { rates } = vendorLogOf(vendors);
  const ofVast = vendors.vast.bills();
  const labels = [...rates.map(({ label }) => label), ...ofVast.map(({ label }) => label ?? '')];
  const keys = new Set([
    ...rows.map(({ key }) => key),
    ...labels.filter((label) => label.startsWith(prefix)),
  ]);
  return [...keys].map((key) => {
    const row = rows.find((one) => one.key === key);
    const spans = rates.filter(({ label }) => label === key);
    const vastUsd = ofVast.filter(({ label }) => label === key).reduce((sum, { usd }) => sum + usd, 0);
    return {
      key,
      billedUsd: vendors.saladcloud.meter.usd(key) + vastUsd,
      hours: spans.reduce(
        (sum, { fromMs, toMs }) => sum + ((toMs ?? performance.now()) - fromMs) / msPerHour,
        0,
      ),
      reservedUsd: Number(row?.reserved ?? 0) / microUsd,
      settledUsd: Number(row?.settled ?? 0) / microUsd,
    };
  });
}
