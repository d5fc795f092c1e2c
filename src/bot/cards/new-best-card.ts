import type { ContentOf } from '../../domain/card.ts';
import { aCard, type Card } from '../card.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine, longestNameInLine } from './limits.ts';
import { standingWords } from './state-words.ts';
import { trackedLine } from './tracked-line.ts';

/** A better score than all before. */
export function newBestCard(content: ContentOf<'new_best'>, options: CardOptions): Card {
  const { voice } = options;
  const { slug, best, costUsd } = content;
  const { plain, ink } = voice;
  const score = voice.score(best.score ?? best.cv);
  const change = voice.change(best.previous, best.score);
  const standing = standingWords(voice, best);
  const summary = plain('cards:new_best.summary', { slug, score });
  const words = [
    change,
    rankWithChange(content, standing, voice),
    shorten(best.approach, longestNameInLine),
    plain('cards:new_best.cost', { cost: voice.money(costUsd) }),
  ];
  return aCard({
    title: shorten(`🎉 ${plain('cards:new_best.title', { slug, score })}`, longestLine),
    summary: joinWithin(
      [summary, standing, shorten(best.approach, longestNameInLine)],
      voice.comma,
      longestLine,
    ),
    tone: 'good',
    body: [ink.text(words.filter((word) => word !== '').join(' · ')), ...trackedLine(content.runs, voice)],
    actions: [...slugButton(options, 'leaderboard', slug), ...slugButton(options, 'status', slug)],
  });
}

/** Plain: `rank 1,204 of 13,880 (▲ 87)`; fewer ahead is better. */
function rankWithChange(
  { best: { rank }, previousRank = null }: ContentOf<'new_best'>,
  standing: string,
  { plain, number }: Voice,
): string {
  if (rank === null || previousRank === null || rank === previousRank) return standing;
  const by = number(Math.abs(previousRank - rank));
  return plain(`cards:new_best.rank_${rank < previousRank ? 'up' : 'down'}`, { rank: standing, by });
}
