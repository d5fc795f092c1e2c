import type { Role } from '../../domain/person.ts';
import { aCard, type Card } from '../card.ts';
import { headline, type Scene } from './scene.ts';

/** A refusal says who can. */
export function answerDenied(
  { voice, person }: Scene,
  {
    needed,
    slug,
    who,
  }: {
    needed: Role;
    /** Of the decision that was to be answered. */
    slug: string | null;
    /** Markup: who has the role. */
    who: string | null;
  },
): Card {
  const sentence = sentenceOf();
  return aCard({
    title: headline(voice.plain('answers:denied.title')),
    summary: headline(sentence),
    tone: 'attention',
    body: [
      voice.ink.text(sentence),
      ...(person.role === null ? [] : [whoCan()]),
      voice.t('answers:denied.unchanged'),
    ],
  });

  function sentenceOf(): string {
    if (person.role === null || needed === 'viewer') return voice.plain('answers:denied.outsider');
    if (slug !== null) return voice.plain('common:decision.denied', { slug });
    return voice.plain(`answers:denied.${needed}`);
  }

  function whoCan(): string {
    if (who !== null) return voice.t('answers:denied.who', { names: who });
    return voice.t(needed === 'admin' ? 'answers:denied.who_admin' : 'answers:denied.who_operator');
  }
}
