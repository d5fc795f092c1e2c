import type { Case } from './playbooks/case.ts';

export type Finding = { claim: string; source: string };

const ownData = 'Profile of the competition data';

/** What can make cross-validation lie for these data. */
export function pitfallFindings({ problem, profile, rows }: Case): Finding[] {
  const findings: Finding[] = [
    {
      claim: `Folds are fixed by the host and ${foldRule(problem)}; no script makes folds of its own.`,
      source: ownData,
    },
    {
      claim: 'A mean of the target by category must come from other rows than the one it describes.',
      source: 'Micci-Barreca 2001, a preprocessing scheme for high-cardinality categorical attributes',
    },
  ];
  if (rows < 2000) {
    const error = (50 / Math.sqrt(Math.max(1, rows))).toFixed(1);
    findings.push({
      claim: `With ${rows} rows a share is known to about ${error} points only: small gains are noise, so average many models.`,
      source: ownData,
    });
  }
  if (problem.predictionKind === 'label' && problem.metric !== 'accuracy') {
    findings.push({
      claim: 'Tune the decision threshold on out-of-fold predictions, smoothed, once.',
      source: ownData,
    });
  }
  for (const hint of profile.leakageHints) findings.push({ claim: hint, source: ownData });
  const { onlyTrain, onlyTest } = profile.columnDifferences;
  if (onlyTrain.length + onlyTest.length > 0) {
    findings.push({
      claim: 'Train and test have different columns; only the shared ones are used.',
      source: ownData,
    });
  }
  return findings;
}

function foldRule(problem: Case['problem']): string {
  if (problem.groupColumn !== null) return `keep the rows of one ${problem.groupColumn} together`;
  if (problem.timeColumn !== null) return `follow the order of ${problem.timeColumn}`;
  return problem.task === 'regression' ? 'are spread evenly' : 'hold every class in its share';
}
