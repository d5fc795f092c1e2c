import type { ResearchRequest } from '../../src/providers/research/contract.ts';
import { aProblem } from '../domain/problems.ts';
import { profileOf } from './competition-data.ts';

const table = [
  { id: '1', size: '1.5', kind: 'a' },
  { id: '2', size: '2.5', kind: 'b' },
];

export function aResearchRequest(options: Partial<ResearchRequest> = {}): ResearchRequest {
  return {
    kind: 'similar-solutions',
    problem: aProblem(),
    profile: profileOf(table, table),
    rowCounts: { train: 900, test: 400 },
    environment: { cores: 2, memoryBytes: 8e9, lightgbm: true, pythonVersion: null, sklearnVersion: null },
    history: [],
    round: 1,
    maxApproaches: 3,
    timeBudgetSeconds: 300,
    ...options,
  };
}
