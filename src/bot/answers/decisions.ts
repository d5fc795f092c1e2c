import type { ContentOf } from '../../domain/card.ts';
import type { DecideResult } from '../../domain/command-results.ts';
import { canBeAskedAgain, type DecisionOption } from '../../domain/decision.ts';
import type { DecisionView, Overview } from '../../domain/overview.ts';
import { aCard, type Card, type CardItem } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { optionLabel, optionLetter, optionName } from '../cards/option-words.ts';
import { ownWords, translated } from '../cards/own-words.ts';
import { renderCard } from '../cards/render-card.ts';
import { who } from '../cards/who.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene, typed } from './scene.ts';

const mostListed = 10;
const mostApproaches = 5;
const longestQuestion = 150;

/** `decide` without an answer: the only open decision whole, or a line with a button for each. */
export function answerDecisions(scene: Scene, decisions: readonly DecisionView[]): Card {
  const { voice } = scene;
  const [only] = decisions;
  if (only === undefined) {
    return aCard({
      title: headline(voice.plain('answers:decide.none_title')),
      summary: headline(voice.plain('answers:decide.none')),
      body: [voice.t('answers:decide.none')],
      actions: button(scene, 'list', ['all', '1'], { label: voice.plain('common:btn.list') }),
    });
  }
  if (decisions.length === 1) return renderCard(decisionContentOf(only), scene);
  return listOf(scene, decisions, null);
}

/** Asked where an answer could be for several; `target` is what was typed and is none of them. */
export function askWhichDecision(
  scene: Scene,
  decisions: readonly DecisionView[],
  target: string | null,
): Card {
  const { voice } = scene;
  if (decisions.length === 0) return aMessage(scene, voice.plain('answers:decide.nothing'));
  const head =
    target === null
      ? voice.plain('answers:decide.which')
      : voice.plain('answers:decide.unknown', { target: shorten(target, longestQuestion) });
  return listOf(scene, decisions, head);
}

function listOf(scene: Scene, decisions: readonly DecisionView[], head: string | null): Card {
  const { voice } = scene;
  const sorted = [...decisions].sort((a, b) => a.deadline.getTime() - b.deadline.getTime());
  const title = voice.plain('common:decisions', { count: decisions.length });
  return aCard({
    title: headline(title),
    summary: headline(head ?? `${title}: ${sorted.map(({ slug }) => slug).join(', ')}`),
    tone: 'attention',
    body: head === null ? [] : [voice.ink.text(head)],
    items: sorted.slice(0, mostListed).map((one) => lineOf(scene, one)),
  });
}

function lineOf(scene: Scene, { id, shortId, slug, question, deadline }: DecisionView): CardItem {
  const { voice } = scene;
  const [action = null] = button(scene, 'details', [id], {
    label: voice.plain('common:btn.decide'),
    hint: voice.plain('common:hint.decide', { slug }),
  });
  const markup = voice.t('answers:decide.line', {
    slug: voice.ink.bold(voice.ink.text(slug)),
    question: ownWords(voice, shorten(question, longestQuestion)),
    at: voice.time(deadline),
    command: typed(scene, `decide ${shortId} A`),
  });
  return { markup, action };
}

/** Asked where an option was typed that cannot be undone or costs much: the button is the second step. */
export function askToDecide(scene: Scene, decision: DecisionView, option: DecisionOption): Card {
  const { voice } = scene;
  const { slug, id, options } = decision;
  const name = optionName(voice, options, option.id);
  const why = option.isFinal ? 'cards:decision.confirm_final' : 'cards:decision.confirm_costly';
  return aCard({
    title: headline(voice.plain('cards:decision.confirm', { option: name })),
    summary: headline(`${slug}: ${voice.plain('cards:decision.confirm', { option: name })}`),
    tone: 'attention',
    body: [
      ...(option.consequence === '' ? [] : [voice.ink.text(translated(voice, option.consequence))]),
      voice.t(why),
    ],
    actions: [
      ...button(scene, 'decide', [id, option.id], {
        label: name,
        style: option.isFinal ? 'danger' : 'primary',
        hint: voice.plain('cards:decision.choose', { option: name, slug }),
      }),
      ...button(scene, 'details', [id], { label: voice.plain('common:btn.details') }),
    ],
  });
}

/** `details`: the decision whole, with what was tried last. */
export function answerDetails(scene: Scene, decision: DecisionView, overview: Overview | null): Card {
  const card = renderCard(decisionContentOf(decision), scene);
  const approaches = overview?.approaches.slice(-mostApproaches) ?? [];
  if (approaches.length === 0 || card.table !== null) return card;
  const { voice } = scene;
  return {
    ...card,
    table: {
      caption: voice.plain('answers:decide.history'),
      header: [
        voice.plain('answers:status.approach'),
        voice.plain('answers:status.round'),
        voice.plain('answers:status.cv'),
      ],
      align: ['left', 'right', 'right'],
      rows: approaches.map(({ name, round, cv }) => [name, String(round), voice.score(cv)]),
    },
  };
}

/** The private answer to somebody who decided, by a press, a form or a typed letter. */
export function answerDecided(scene: Scene, { outcome, decision }: DecideResult): Card {
  const { voice } = scene;
  const { slug } = decision;
  switch (outcome) {
    case 'decided':
      return aCard({
        title: headline(voice.plain('answers:decide.recorded_title')),
        summary: headline(voice.plain('answers:press.recorded', { slug, option: chosenOf(scene, decision) })),
        tone: 'good',
        body: [
          voice.t('answers:press.recorded', { slug, option: chosenOf(scene, decision) }),
          voice.t('answers:press.recorded_everywhere'),
        ],
      });
    case 'closed':
      return answerClosed(scene, decision);
    case 'paused': {
      const command = typed(scene, `resume ${slug}`);
      return aCard({
        title: headline(voice.plain('answers:decide.closed_title')),
        summary: headline(voice.plain('answers:press.paused', { slug })),
        body: [voice.t('answers:press.paused', { slug }), voice.t('answers:move.go_on', { command })],
        actions: slugButton(scene, 'resume', slug, 'primary'),
      });
    }
    case 'unknown_option':
      return answerUnknownOption(scene, decision);
  }
}

/** Plain. */
function chosenOf({ voice }: Scene, { option, options }: DecisionView): string {
  return option === null ? '–' : optionName(voice, options, option);
}

/** Too late: what was decided, by whom and when. */
export function answerClosed(scene: Scene, decision: DecisionView): Card {
  const { voice } = scene;
  const { slug, status, decidedByActor: actor, decidedByName } = decision;
  const option = chosenOf(scene, decision);
  const closed = (body: string, plain: string) =>
    aCard({
      title: headline(voice.plain('answers:decide.closed_title')),
      summary: headline(plain),
      body: [body],
      actions: [
        ...(status === 'expired' && canBeAskedAgain(decision.kind)
          ? button(scene, 'again', [decision.id], { label: voice.plain('common:btn.again') })
          : []),
        ...slugButton(scene, 'status', slug),
      ],
    });
  if (status === 'withdrawn') {
    return closed(
      voice.t('answers:press.withdrawn', { slug }),
      voice.plain('answers:press.withdrawn', { slug }),
    );
  }
  const at = decision.decidedAt ?? decision.deadline;
  if (status === 'expired' || actor === null || actor.type === 'default') {
    return closed(
      voice.t('answers:press.expired', { at: voice.time(at), option }),
      voice.plain('answers:press.expired', { at: voice.moment(at), option }),
    );
  }
  return closed(
    voice.t('answers:press.taken', { who: who(scene, actor, decidedByName), at: voice.time(at), option }),
    voice.plain('answers:press.taken_plain', { slug, option }),
  );
}

export function answerUnknownOption(scene: Scene, { options }: DecisionView): Card {
  const { voice } = scene;
  const letters = options
    .map((option, index) => `${optionLetter(index)} (${optionLabel(voice, option)})`)
    .join(voice.comma);
  return aMessage(scene, voice.plain('answers:press.no_option', { options: letters }));
}

/** One sentence of ours that changes nothing. */
export function aMessage({ voice }: Scene, sentence: string, tone: Card['tone'] = 'idle'): Card {
  return aCard({
    title: headline(voice.plain('answers:decide.closed_title')),
    summary: headline(sentence),
    tone,
    body: [voice.ink.text(sentence)],
  });
}

/** The facts of the decision's card. */
export function decisionContentOf(decision: DecisionView): ContentOf<'decision'> {
  return {
    kind: 'decision',
    decisionId: decision.id,
    slug: decision.slug,
    title: decision.slug,
    decisionKind: decision.kind,
    question: decision.question,
    context: decision.context,
    facts: [...decision.facts],
    chart: decision.chart,
    link: decision.link,
    options: [...decision.options],
    defaultOption: decision.defaultOption,
    recommendedOption: decision.recommendedOption,
    askedAt: decision.askedAt,
    deadline: decision.deadline,
    status: decision.status,
    option: decision.option,
    note: decision.note,
    decidedBy: decision.decidedByActor,
    decidedByName: decision.decidedByName,
    decidedAt: decision.decidedAt,
  };
}
