import type { ResearchCall, ResearchRequest, WholeReport } from './contract.ts';

/** A service that answers a question with a report. What is proposed there is read out of it by `distil.ts`. */
export type ResearchService = {
  /** For people and rows, e.g. `agentspace`. */
  name: string;
  /** As of a provider. */
  isDeep: boolean;
  canAnswer(request: ResearchRequest): boolean;
  /** @throws ResearchPending, and what the service fails with */
  ask(question: string, request: ResearchRequest, call: ResearchCall): Promise<WholeReport>;
};
