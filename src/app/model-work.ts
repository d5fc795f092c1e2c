import { featureCatalog } from '../providers/codegen/baseline/features.ts';
import { modelCatalog } from '../providers/codegen/baseline/models.ts';
import { createClaudeGenerator } from '../providers/codegen/claude/claude-generator.ts';
import { createClaudeReview } from '../providers/codegen/claude-review.ts';
import type { CodeGenerator } from '../providers/codegen/contract.ts';
import { allowedPackages } from '../providers/codegen/gate/requirements-check.ts';
import type { LanguageModel } from '../providers/llm/contract.ts';
import type { ReviewScript } from '../providers/quality/contract.ts';
import { createClaudePlanner } from '../providers/research/claude-planner.ts';
import type { ResearchProvider } from '../providers/research/contract.ts';
import { createClaudeSummary } from '../providers/summary/claude-summary.ts';
import type { Summariser } from '../providers/summary/contract.ts';

/** What a language model does in the loop beside research; each stands before what needs none. */
export type ModelWork = {
  generators: CodeGenerator[];
  planners: ResearchProvider[];
  review: ReviewScript | null;
  summariser: Summariser | null;
};

/** @param model null where none is configured: then nothing of it is there, and all goes on without */
export function modelWork(model: LanguageModel | null): ModelWork {
  if (model === null) return { generators: [], planners: [], review: null, summariser: null };
  const vocabulary = { features: [...featureCatalog.keys()], models: Object.keys(modelCatalog) };
  const summary = createClaudeSummary({ model });
  return {
    generators: [createClaudeGenerator({ model, classify: summary.classify })],
    planners: [createClaudePlanner({ model, vocabulary, allowedPackages })],
    review: createClaudeReview({ model }),
    summariser: summary,
  };
}
