import type { TrainingEnvironment } from '../../domain/environment.ts';
import type { Problem } from '../../domain/problem.ts';
import type { DataProfile } from '../../domain/profile.ts';
import type { PromptPart } from '../llm/contract.ts';
import { joined } from './bounded.ts';
import { contractCard } from './contract-card.ts';
import { dataCard } from './data-card.ts';
import { environmentCard } from './environment-card.ts';
import { commonRules } from './rules.ts';
import { type Page, taskCard } from './task-card.ts';

export type CompetitionFacts = {
  problem: Problem;
  profile: DataProfile;
  environment: TrainingEnvironment;
  timeBudgetSeconds: number;
  pages?: readonly Page[] | undefined;
};

/**
 * The stable beginning of every prompt about a competition, byte for byte the same whatever is asked: first what holds
 * for all competitions, then what holds for this one. Both ends are kept by the vendor.
 *
 * Source: contract of Claude, section 3.4: prefixes are cached in order, byte-exact.
 */
export function competitionPrefix(facts: CompetitionFacts): PromptPart[] {
  const { problem, profile, environment, timeBudgetSeconds, pages = [] } = facts;
  return [
    { text: commonRules, cacheUpToHere: true },
    {
      text: joined(
        taskCard(problem.title, pages),
        contractCard(problem),
        dataCard(profile),
        environmentCard(environment, timeBudgetSeconds),
      ),
      cacheUpToHere: true,
    },
  ];
}
