import type { ModelLedger, ModelPurpose, ModelUsage } from '../../../src/providers/llm/contract.ts';

export type LedgerRow = {
  attemptKey: string;
  purpose: ModelPurpose;
  sha256: string;
  model: string;
  reservedMicroUsd: number;
  settled: { usage: ModelUsage; microUsd: number; answer: unknown; outcome: string } | null;
};

/** A ledger in memory, for tests of what is asked and answered; money itself is tested on the database's. */
export function createMemoryLedger(
  capMicroUsd = Number.POSITIVE_INFINITY,
): ModelLedger & { rows: LedgerRow[] } {
  const rows: LedgerRow[] = [];
  const used = () => rows.reduce((sum, row) => sum + (row.settled?.microUsd ?? row.reservedMicroUsd), 0);
  return {
    rows,
    async recall(key, sha256) {
      const found = rows.findLast(
        (row) => row.purpose.key === key && row.sha256 === sha256 && row.settled?.answer != null,
      );
      // As JSON, as a database keeps it.
      return found === undefined ? null : JSON.parse(JSON.stringify(found.settled?.answer));
    },
    async reserve({ purpose, promptSha256, model, microUsd }) {
      const attemptKey = `${purpose.key}#${rows.length + 1}`;
      const freeMicroUsd = Math.max(0, capMicroUsd - used());
      if (microUsd > freeMicroUsd) return { granted: false, cap: 'llm_day', freeMicroUsd, attemptKey };
      const row = {
        attemptKey,
        purpose,
        sha256: promptSha256,
        model,
        reservedMicroUsd: microUsd,
        settled: null,
      };
      rows.push(row);
      return { granted: true, attemptKey };
    },
    async settle({ attemptKey, ...settled }) {
      const row = rows.find((one) => one.attemptKey === attemptKey);
      if (row !== undefined) row.settled ??= settled;
    },
  };
}
