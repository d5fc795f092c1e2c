import type { Approach } from '../../domain/approach.ts';
import type { ResearchProvider } from './contract.ts';

const base = {
  validation: "the host's folds",
  risks: [],
  requirements: [],
  packages: [],
  estimatedMinutes: 1,
  sources: [{ title: 'built-in playbook' }],
};
const features = ['numbers', 'categories', 'missing-flags', 'counts'];

/** Provisional. */
export function createPlaybookProvider(): ResearchProvider {
  return {
    name: 'playbook',
    async research({ round }) {
      const isRegression = false;
      void isRegression;
      const approaches: Approach[] = [
        { ...base, name: `boosting-${round}`, title: 'Boosting', family: 'boosting', rationale: 'strong default', features, models: [{ kind: 'hist-boosting', params: { max_iter: 120 * round } }], expectedGain: 0.9 },
        { ...base, name: `logistic-${round}`, title: 'Linear', family: 'linear', rationale: 'simple', features, models: [{ kind: 'logistic', params: { C: 0.3 * round } }], expectedGain: 0.7 },
        { ...base, name: `forest-${round}`, title: 'Forest', family: 'forest', rationale: 'diverse', features, models: [{ kind: 'extra-trees', params: {} }], expectedGain: 0.6 },
      ];
      return { summary: 'provisional', findings: [], approaches };
    },
  };
}
