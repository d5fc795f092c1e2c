import type { Actor } from '../../domain/actor.ts';
import type { ContentOf } from '../../domain/card.ts';
import { canBeAskedAgain } from '../../domain/decision.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { joinWithin, shorten, shortenLines } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button, slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine, longestParagraph, longestSentence } from './limits.ts';
import { optionLetter, optionName, shortIdOf } from './option-words.ts';
import { ownWords, translated } from './own-words.ts';
import { namePlain, who } from './who.ts';

type Content = ContentOf<'decision'>;

/** How a question ended: what was chosen, by whom and when; its buttons are gone. */
export function closedDecisionCard(content: Content, options: CardOptions): Card {
  switch (content.status) {
    case 'expired':
      return expired(content, options);
    case 'withdrawn':
      return withdrawn(content, options);
    default:
      return decided(content, options);
  }
}

function titleOf(symbol: string, words: string, { slug }: Content, { plain }: Voice): string {
  return shorten(`${symbol} ${plain('cards:decision.title', { words, slug })}`, longestLine);
}

function chosenName({ option, options }: Content, voice: Voice): string {
  return option === null ? voice.plain('cards:decision.nothing') : optionName(voice, options, option);
}

function decided(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { t, ink, plain } = voice;
  const { slug, note, question, decidedBy, decidedByName } = content;
  const chosen = chosenName(content, voice);
  const by = byWhom(content, options);
  const summary = plain('cards:decision.summary_decided', { slug, option: chosen });
  const name = decidedBy === null ? '' : summaryName(decidedBy, decidedByName, options);
  return aCard({
    title: titleOf('✅', plain('cards:decision.decided'), content, voice),
    summary: joinWithin([summary, name], voice.comma, longestLine),
    tone: 'good',
    body: [
      ink.text(ownWords(voice, shorten(question, longestSentence))),
      `${ink.bold(ink.text(chosen))}${by === '' ? '' : ` — ${by}`}`,
      ...(note === null || note === ''
        ? []
        : [t('cards:decision.note', { note: shortenLines(note, longestParagraph) })]),
      ...nextLine(content, voice),
    ],
    footer: footerOf(content, voice),
  });
}

/** A person who can be named, on a platform. */
function isPerson(
  actor: Actor,
  name: string | null,
  platform: string,
): actor is Actor & { type: PersonPlatform } {
  return isPersonPlatform(actor.type) && (name !== null || actor.type === platform || 'user' in actor);
}

function summaryName(actor: Actor, name: string | null, options: CardOptions): string {
  const user = namePlain(options, actor, name);
  const { plain } = options.voice;
  return name !== null || 'user' in actor
    ? plain('cards:decision.summary_by', { user })
    : plain('cards:decision.summary_by_agent', { user });
}

/** Markup: `by @mika on Slack, 16:04 (answered in 4 min)`. */
function byWhom({ decidedBy, decidedByName, decidedAt, askedAt }: Content, options: CardOptions): string {
  if (decidedBy === null || decidedAt === null) return '';
  const { t, plain, time, duration } = options.voice;
  const user = who(options, decidedBy, decidedByName);
  const by = isPerson(decidedBy, decidedByName, options.platform)
    ? t('cards:decision.by', {
        user,
        platform: plain(`common:platform.${decidedBy.type}`),
        time: time(decidedAt),
      })
    : t('cards:decision.by_agent', { user, time: time(decidedAt) });
  const span = duration(decidedAt.getTime() - askedAt.getTime());
  return `${by}${t('cards:decision.answered_in', { span })}`;
}

const personPlatforms = ['slack', 'discord', 'console', 'command'] as const;
type PersonPlatform = (typeof personPlatforms)[number];

function isPersonPlatform(type: string): type is PersonPlatform {
  return personPlatforms.some((one) => one === type);
}

/** What follows from the choice, as it was promised. */
function nextLine({ option, options }: Content, voice: Voice): string[] {
  const chosen = options.find(({ id }) => id === option);
  const consequence = chosen?.consequence ?? '';
  // Where words were asked for, that says how to write them.
  return consequence === '' || chosen?.wantsText === true
    ? []
    : [voice.t('cards:decision.next', { text: translated(voice, shorten(consequence, longestSentence)) })];
}

function expired(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { slug, deadline, question } = content;
  const { t, plain, ink } = voice;
  const option = chosenName(content, voice);
  const actions = waysBack(content, options);
  return aCard({
    title: titleOf('⏱', plain('cards:decision.expired'), content, voice),
    summary: shorten(plain('cards:decision.summary_expired', { slug, option }), longestLine),
    tone: 'idle',
    body: [
      ink.text(ownWords(voice, shorten(question, longestSentence))),
      t('cards:decision.expired_text', { time: voice.time(deadline), option }),
      ...(actions.length === 0 ? [] : [t('cards:decision.course')]),
    ],
    actions,
    footer: footerOf(content, voice),
  });
}

/** What still leads elsewhere, once the default was taken. */
function waysBack(content: Content, options: CardOptions): CardAction[] {
  const { slug, decisionId, decisionKind, option } = content;
  if (content.options.some(({ id, isFinal }) => id === option && isFinal)) return [];
  // Nobody came to the gate, so the competition was not entered.
  if (decisionKind === 'gate') return slugButton(options, 'start', slug);
  if (!canBeAskedAgain(decisionKind)) return [];
  const again = button(options, 'again', [decisionId], { label: options.voice.plain('common:btn.again') });
  // What was only suggested does not run.
  return decisionKind === 'suggestion' ? again : [...slugButton(options, 'pause', slug), ...again];
}

function withdrawn(content: Content, { voice }: CardOptions): Card {
  const { plain, t, ink } = voice;
  const { slug, question } = content;
  return aCard({
    title: titleOf('⚪', plain('cards:decision.withdrawn'), content, voice),
    summary: shorten(plain('cards:decision.summary_withdrawn', { slug }), longestLine),
    tone: 'idle',
    body: [ink.text(ownWords(voice, shorten(question, longestSentence))), t('cards:decision.withdrawn_text')],
    footer: footerOf(content, voice),
  });
}

/** Markup: what was not chosen, and how to find the question again. */
function footerOf({ option, options, decisionId }: Content, { t, ink, comma }: Voice): string {
  const others = options.flatMap(({ id }, index) => (id === option ? [] : [optionLetter(index)]));
  const rest =
    option === null || others.length === 0
      ? ''
      : `${t('cards:decision.not_chosen', { letters: others.join(comma) })} · `;
  return `${rest}${ink.text(shortIdOf(decisionId))}`;
}
