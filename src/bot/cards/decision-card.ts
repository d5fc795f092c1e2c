import type { ContentOf } from '../../domain/card.ts';
import { type DecisionOption, decisionKinds } from '../../domain/decision.ts';
import { aCard, type Card, type CardAction, type Confirm } from '../card.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { joinWithin, shorten, shortenLines } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { closedDecisionCard } from './closed-decision-card.ts';
import { factLabel, factValue } from './fact-words.ts';
import { longestLine, longestParagraph, longestSentence } from './limits.ts';
import { optionLabel, optionLetter, optionName, shortIdOf } from './option-words.ts';
import { ownWords, translated } from './own-words.ts';

type Content = ContentOf<'decision'>;

/** Slack takes no more in a confirmation: title, text. */
const longestConfirmTitle = 100;
const longestConfirmText = 300;

/** A question with everything needed to answer it, or how it ended. */
export function decisionCard(content: Content, options: CardOptions): Card {
  return content.status === 'open' ? openCard(content, options) : closedDecisionCard(content, options);
}

function openCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { slug, facts, chart, deadline } = content;
  const title = voice.plain('cards:decision.title', { words: voice.plain('common:decision.title'), slug });
  const summary = voice.plain('cards:decision.summary', { slug, time: voice.moment(deadline) });
  return aCard({
    title: shorten(`🟡 ${title}`, longestLine),
    summary: joinWithin(
      [summary, kindWords(content, voice) ?? shorten(content.question, longestLine)],
      voice.stop,
      longestLine,
    ),
    tone: 'attention',
    body: openBody(content, voice),
    facts: facts.map(({ label, value }) => ({
      label: factLabel(voice, label),
      value: voice.ink.text(factValue(voice, value)),
    })),
    images: chart === null ? [] : [{ chart, alt: chartAlt(chart, voice) }],
    actions: openActions(content, options),
    footer: footerOf(content, options),
  });
}

function openBody(content: Content, voice: Voice): string[] {
  const { t, ink } = voice;
  const { askedAt, deadline, context, question, options, defaultOption } = content;
  const best = recommendedOf(content);
  const until = t('cards:decision.until', {
    time: voice.time(deadline),
    span: voice.span(deadline.getTime() - askedAt.getTime()),
  });
  const kind = kindWords(content, voice);
  const asked = shorten(question, longestSentence);
  const told = context === '' ? [] : [ink.text(ownWords(voice, shortenLines(context, longestParagraph)))];
  const head = kind === null ? ink.text(asked) : t('cards:decision.how');
  return [
    until,
    ...(kind === null ? told : [ink.text(kind), ...told, ink.text(ownWords(voice, asked))]),
    [ink.bold(head), ...options.map((option, index) => optionLine(option, index, best, voice))].join('\n'),
    t('cards:decision.default', {
      option: optionName(voice, options, defaultOption),
      time: voice.time(deadline),
    }),
  ];
}

/**
 * Plain: the question and its context are in the agent's own English; elsewhere words in the reader's language lead,
 * and they are quoted. Null where none are needed or known.
 */
function kindWords({ decisionKind }: Content, { locale, plain }: Voice): string | null {
  const kind = decisionKinds.find((one) => one === decisionKind);
  return locale === 'en' || kind === undefined ? null : plain(`cards:kind.${kind}`);
}

function optionLine(option: DecisionOption, index: number, best: string, voice: Voice): string {
  const { ink, plain } = voice;
  const cost =
    option.costUsd > 0
      ? plain('cards:decision.option_cost', { cost: voice.money(option.costUsd) })
      : option.isFinal
        ? plain('cards:decision.option_free')
        : '';
  const words = [translated(voice, shorten(option.consequence, longestSentence)), cost].filter(
    (part) => part !== '',
  );
  const name = ink.bold(ink.text(`${optionLetter(index)} · ${optionLabel(voice, option)}`));
  const mark = option.id === best ? ` ${ink.text(`← ${plain('common:decision.recommended')}`)}` : '';
  return `${name}  ${ink.text(words.join(' · '))}${mark}`;
}

function openActions(content: Content, options: CardOptions): CardAction[] {
  const { plain } = options.voice;
  const { decisionId } = content;
  return [
    ...linkOf(content, options),
    ...content.options.flatMap((option, index) => optionButton(content, option, index, options)),
    ...button(options, 'details', [decisionId], { label: plain('common:btn.details') }),
    ...button(options, 'note', [decisionId], { label: plain('common:btn.note') }),
  ];
}

/** The page where a person does what is asked stands before the answers. */
function linkOf({ link }: Content, { voice }: CardOptions): CardAction[] {
  return link == null ? [] : [{ kind: 'link', label: voice.plain(`cards:link.${link.kind}`), url: link.url }];
}

function recommendedOf({ recommendedOption, defaultOption }: Content): string {
  return recommendedOption ?? defaultOption;
}

function optionButton(
  content: Content,
  option: DecisionOption,
  index: number,
  options: CardOptions,
): CardAction[] {
  const { voice } = options;
  const { decisionId, slug } = content;
  const label = `${optionLetter(index)} · ${optionLabel(voice, option)}`;
  return button(options, option.wantsText ? 'note' : 'decide', [decisionId, option.id], {
    label: option.wantsText ? `${label}…` : label,
    style: option.id === recommendedOf(content) ? 'primary' : option.isFinal ? 'danger' : 'plain',
    // Where words are asked for, the form is the second step.
    confirm: option.wantsText ? null : confirmOf(option, label, voice),
    hint: voice.plain('cards:decision.choose', { option: label, slug }),
  });
}

function confirmOf(option: DecisionOption, label: string, voice: Voice): Confirm | null {
  const { plain, gap } = voice;
  if (!option.isFinal && !option.isCostly) return null;
  const why = [
    ...(option.isFinal ? [plain('cards:decision.confirm_final')] : []),
    ...(option.isCostly ? [plain('cards:decision.confirm_costly')] : []),
  ].join(gap);
  const consequence = shorten(translated(voice, option.consequence), longestConfirmText - why.length - 1);
  return {
    title: shorten(plain('cards:decision.confirm', { option: label }), longestConfirmTitle),
    text: consequence === '' ? why : `${consequence}\n${why}`,
    yes: plain('common:btn.yes'),
    no: plain('common:btn.no'),
  };
}

function footerOf({ decisionId, askedAt }: Content, { voice, approvers }: CardOptions): string {
  const parts = [
    approvers == null ? '' : voice.t('cards:decision.approvers', { who: approvers }),
    voice.t('cards:decision.asked', { time: voice.time(askedAt) }),
    voice.ink.code(`/kaggle decide ${shortIdOf(decisionId)} A`),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
