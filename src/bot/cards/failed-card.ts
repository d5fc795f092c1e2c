import type { ContentOf } from '../../domain/card.ts';
import { aCard, type Card } from '../card.ts';
import { joinWithin, shorten, shortenLines } from '../shorten.ts';
import { slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine, longestNameInLine, longestParagraph } from './limits.ts';
import { ownWords } from './own-words.ts';

/** A competition that cannot go on by itself: what happened, and what can be done. */
export function failedCard({ slug, code, message }: ContentOf<'failed'>, options: CardOptions): Card {
  const { voice } = options;
  const { plain, t, ink } = voice;
  return aCard({
    title: shorten(`🔴 ${plain('cards:failed.title', { slug })}`, longestLine),
    summary: joinWithin(
      [plain('cards:failed.summary', { slug }), shorten(message, longestLine)],
      voice.stop,
      longestLine,
    ),
    tone: 'bad',
    body: [ink.text(ownWords(voice, shortenLines(message, longestParagraph))), t('cards:failed.text')],
    actions: [
      ...slugButton(options, 'logs', slug),
      ...slugButton(options, 'status', slug),
      ...slugButton(options, 'stop', slug, 'danger'),
    ],
    footer: t('common:error.ref', { id: shorten(code, longestNameInLine) }),
  });
}
