import type { CardContent } from '../../domain/card.ts';
import type { Card } from '../card.ts';
import { alertCard } from './alert-card.ts';
import { boardCard } from './board-card.ts';
import type { CardOptions } from './card-options.ts';
import { decisionCard } from './decision-card.ts';
import { digestCard } from './digest-card.ts';
import { discoveredCard } from './discovered-card.ts';
import { failedCard } from './failed-card.ts';
import { finishedCard } from './finished-card.ts';
import { newBestCard } from './new-best-card.ts';
import { noticeCard } from './notice-card.ts';
import { nudgeCard } from './nudge-card.ts';
import { roundCard } from './round-card.ts';
import { startedCard } from './started-card.ts';
import { statusCard } from './status-card.ts';

/** Puts a card's facts into words: the same facts, voice and options always give the same card. */
export function renderCard(content: CardContent, options: CardOptions): Card {
  switch (content.kind) {
    case 'status':
      return statusCard(content, options);
    case 'decision':
      return decisionCard(content, options);
    case 'nudge':
      return nudgeCard(content, options);
    case 'notice':
      return noticeCard(content, options);
    case 'round':
      return roundCard(content, options);
    case 'started':
      return startedCard(content, options);
    case 'new_best':
      return newBestCard(content, options);
    case 'finished':
      return finishedCard(content, options);
    case 'failed':
      return failedCard(content, options);
    case 'discovered':
      return discoveredCard(content, options);
    case 'alert':
      return alertCard(content, options);
    case 'board':
      return boardCard(content, options);
    case 'digest':
      return digestCard(content, options);
  }
}
