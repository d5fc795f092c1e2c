import type { Approach } from '../../../domain/approach.ts';
import type { Finding } from '../findings.ts';
import type { Case } from './case.ts';

/** What is known about one kind of data. */
export type Playbook = {
  /** For people, e.g. `Tabular data`. */
  title: string;
  /** Approaches of distinct families, for the first round. */
  openings(facts: Case): Approach[];
  /** Approaches that answer the rounds before; none in the first round. */
  refinements(facts: Case): Approach[];
  featureFindings(facts: Case): Finding[];
};
