import type { ContentOf } from '../../domain/card.ts';
import { aCard, type Card } from '../card.ts';
import { joinWithin, shorten } from '../shorten.ts';
import { button } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine, longestSentence } from './limits.ts';
import { ownWords, usualWords } from './own-words.ts';

/** A reminder or an escalation of an open decision, or that it is over. */
export function nudgeCard(content: ContentOf<'nudge'>, options: CardOptions): Card {
  const { voice } = options;
  const { slug, step, decisionId, question, deadline, defaultLabel, isOver } = content;
  const { plain, t, ink } = voice;
  if (isOver) {
    const over = shorten(plain('cards:nudge.over', { slug }), longestLine);
    return aCard({ title: `✅ ${over}`, summary: over, tone: 'idle', body: [t('cards:nudge.over_text')] });
  }
  const time = voice.moment(deadline);
  return aCard({
    title: shorten(`🟡 ${plain(`cards:nudge.${step}`, { slug, time })}`, longestLine),
    summary: joinWithin([plain('cards:nudge.summary', { slug, time }), question], voice.stop, longestLine),
    tone: 'attention',
    body: [
      ink.text(ownWords(voice, shorten(question, longestSentence))),
      t('cards:nudge.default', {
        option: usualWords(voice, defaultLabel) ?? shorten(defaultLabel, longestSentence),
        time: voice.time(deadline),
      }),
    ],
    actions: [
      ...button(options, 'details', [decisionId], { label: plain('common:btn.decide'), style: 'primary' }),
      ...button(options, 'note', [decisionId], { label: plain('common:btn.note') }),
      ...button(options, 'snooze', [decisionId], { label: plain('common:btn.snooze') }),
    ],
  });
}
