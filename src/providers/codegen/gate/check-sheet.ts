import type { Finding, GateCheckName, GateReport } from '../../quality/contract.ts';

export type Verdict = {
  status: 'ok' | 'warned' | 'failed' | 'skipped';
  message: string;
  findings?: Finding[];
};

type Check = GateReport['checks'][number];

export type CheckSheet = ReturnType<typeof createCheckSheet>;

/** Runs checks in turn; after a failed one the rest is skipped. */
export function createCheckSheet() {
  const checks: Check[] = [];
  const firstFailed = () => checks.find(({ status }) => status === 'failed');

  async function run(name: GateCheckName, work: () => Verdict | Promise<Verdict>): Promise<void> {
    const failed = firstFailed();
    if (failed !== undefined) {
      const message = `Skipped, since ${failed.name} failed.`;
      checks.push({ name, status: 'skipped', seconds: 0, message, findings: [] });
      return;
    }
    const started = performance.now();
    const { findings = [], ...verdict } = await work();
    checks.push({
      name,
      ...verdict,
      findings,
      seconds: Math.round(performance.now() - started) / 1000,
    });
  }

  return { checks, run, hasPassed: () => firstFailed() === undefined };
}
