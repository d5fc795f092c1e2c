import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import type { Card } from '../card.ts';
import { limits } from './limits.ts';
import { plainText } from './render-actions.ts';
import { renderBlocks, renderLeast } from './render-card.ts';

const cardCallback = 'k1.card';

/** Pictures stay out of views: they would hold up what must open at once; their words stand there instead. */
function viewBlocks(card: Card, bars: boolean): KnownBlock[] {
  const options = { files: [], hasTables: false, bars, mentions: [] };
  for (const share of [1, 0.5, 0.2]) {
    const blocks = renderBlocks(card, options, share);
    if (JSON.stringify(blocks).length <= limits.payload) return blocks;
  }
  return renderLeast(card, options);
}

/** An answer as a modal, where there is no channel to give it in. */
export function cardView(card: Card, { bars, close }: { bars: boolean; close: string }): ModalView {
  return {
    type: 'modal',
    callback_id: cardCallback,
    title: plainText('Kaggle Agent', limits.viewTitle),
    close: plainText(close, limits.viewTitle),
    blocks: viewBlocks(card, bars).slice(0, limits.blocksPerView),
  };
}

/** The dashboard: cards from top to bottom, as many as fit. */
export function homeView(cards: readonly Card[], { bars }: { bars: boolean }): HomeView {
  const blocks: KnownBlock[] = [];
  for (const card of cards) {
    const next: KnownBlock[] = blocks.length === 0 ? [] : [{ type: 'divider' }];
    next.push(...viewBlocks(card, bars));
    if (blocks.length + next.length > limits.blocksPerView) break;
    blocks.push(...uniqueIds(next, blocks.length));
  }
  return { type: 'home', callback_id: 'k1.home', blocks };
}

/** Each card counts its buttons from one; beside other cards the ids must differ. */
function uniqueIds(blocks: readonly KnownBlock[], offset: number): KnownBlock[] {
  return blocks.map((block, index) => ({ ...block, block_id: `home.${offset + index}` }));
}
