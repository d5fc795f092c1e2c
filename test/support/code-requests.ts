import type { ParentNode } from '../../src/domain/search/step.ts';
import type { CodeRequest } from '../../src/providers/codegen/contract.ts';
import { aProblem } from '../domain/problems.ts';
import { anApproach } from './builders.ts';
import { profileOf } from './competition-data.ts';

const table = [
  { id: '1', size: '1.5', kind: 'a' },
  { id: '2', size: '2.5', kind: 'b' },
];

export function aCodeRequest(options: Partial<CodeRequest> = {}): CodeRequest {
  return {
    problem: aProblem(),
    profile: profileOf(table, table),
    approach: anApproach('some-way'),
    environment: {
      cores: 2,
      memoryBytes: 8e9,
      lightgbm: true,
      pythonVersion: '3.12.1',
      sklearnVersion: '1.7.1',
      packages: { pandas: '2.3.1', numpy: '2.1.0' },
    },
    timeBudgetSeconds: 300,
    seed: 42,
    ...options,
  };
}

export function aParent(name: string, options: Partial<ParentNode> = {}): ParentNode {
  return {
    approach: anApproach(name),
    operator: 'draft',
    script: `print("${name}")\n`,
    requirements: 'pandas>=2.0\n',
    cv: 0.8,
    folds: [0.79, 0.81],
    failure: null,
    ablations: [],
    ...options,
  };
}
