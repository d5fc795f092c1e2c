import type { ContentOf } from '../../domain/card.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { longestNameInLine } from './limits.ts';

type Content = Pick<ContentOf<'status'>, 'search' | 'modelUsd' | 'competitionUsd'>;

/** Markup: `Tree: 12 nodes, 3 branches, best 0.79186 from boosting-counts (improve)`. */
export function searchLine({ search }: Content, voice: Voice): string[] {
  if (search == null) return [];
  const { nodes, branches, best } = search;
  const counts = voice.plain('cards:status.tree', {
    count: nodes,
    branches: voice.plain('cards:status.tree_branches', { count: branches }),
  });
  const words =
    best === null
      ? []
      : [
          voice.plain('cards:status.tree_best', {
            score: voice.score(best.cv),
            name: shorten(best.name, longestNameInLine),
            operator: voice.plain(`cards:operator.${best.operator}`),
          }),
        ];
  return [voice.ink.text([counts, ...words].join(voice.comma))];
}

/** Plain: what it cost, and where models were paid their part of it. */
export function costWords({ competitionUsd, modelUsd }: Content, voice: Voice): string {
  const total = voice.money(competitionUsd);
  if (modelUsd == null || modelUsd <= 0) return total;
  return voice.plain('cards:status.cost_parts', {
    total,
    gpu: voice.money(Math.max(0, competitionUsd - modelUsd)),
    models: voice.money(modelUsd),
  });
}
