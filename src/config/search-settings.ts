import { type Setting, setting } from './setting.ts';
import { integer, numberBetween } from './value-schemas.ts';

function counted(
  name: string,
  defaultCount: string,
  limits: { min: number; max: number },
  unit: string,
  description: string,
): Setting<number> {
  const env = `KAGGLE_AGENT_SEARCH_${name}`;
  return setting({
    env,
    schema: integer(limits),
    default: defaultCount,
    unit,
    example: defaultCount,
    description,
  });
}

function fraction(name: string, defaultValue: string, description: string, max = 1): Setting<number> {
  const env = `KAGGLE_AGENT_SEARCH_${name}`;
  const schema = numberBetween(0, max);
  return setting({ env, schema, default: defaultValue, example: defaultValue, description });
}

/** How the tree of solutions grows; see docs/explain/search.md. */
export const search = {
  drafts: counted(
    'DRAFTS',
    '3',
    { min: 1, max: 20 },
    'branches',
    'Working drafts of different families that are begun before the first is improved.',
  ),
  debugDepth: counted(
    'DEBUG_DEPTH',
    '3',
    { min: 0, max: 20 },
    'attempts',
    'How often in a row a failed script is given back to the model that wrote it.',
  ),
  explorationStart: fraction(
    'EXPLORATION_START',
    '0.5',
    'Constant of UCT at the beginning of a competition: higher tries more of what looks worse.',
    10,
  ),
  explorationEnd: fraction(
    'EXPLORATION_END',
    '0.1',
    'The same at the end of the budget of rounds, money and time; in between it falls evenly.',
    10,
  ),
  ablationShare: fraction(
    'ABLATION_SHARE',
    '0.15',
    'Share of improvements that are aimed at the part which an ablation shows to matter, once a node is confirmed.',
  ),
  stagnationSteps: counted(
    'STAGNATION_STEPS',
    '6',
    { min: 1, max: 1_000 },
    'nodes',
    'After so many nodes without a gain in any branch two complementary branches are merged.',
  ),
  mergeTop: counted(
    'MERGE_TOP',
    '5',
    { min: 2, max: 50 },
    'nodes',
    'How many nodes by score may be merged, beside those within one standard error of the best.',
  ),
  mergeCorrelation: fraction(
    'MERGE_CORRELATION',
    '0.99',
    'Highest rank correlation of the out-of-fold predictions of two nodes that are merged.',
  ),
  closeAfterFailures: counted(
    'CLOSE_AFTER_FAILURES',
    '5',
    { min: 1, max: 100 },
    'nodes',
    'Failed nodes in a row that close a branch.',
  ),
  mostClosedBranches: counted(
    'MOST_CLOSED_BRANCHES',
    '3',
    { min: 1, max: 100 },
    'branches',
    'From so many closed branches on no other is begun, and people are told.',
  ),
  endgameShare: fraction(
    'ENDGAME_SHARE',
    '0.15',
    'Last share of the budget of rounds, money and time in which the search only merges what is there.',
  ),
};
