import { aCard, type Card, type CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import type { Problem } from '../command.ts';
import { commandDefinitions, type Verb } from '../commands.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { headline, type Scene, typed } from './scene.ts';

const longestTyped = 60;
const mostButtons = 5;

/** A verb that is none: the nearest one is offered as a button, never executed. */
export function answerUnknownVerb(scene: Scene, typedVerb: string, nearest: Verb | null): Card {
  const { voice } = scene;
  const title = voice.plain('answers:unknown.title', { typed: shorten(typedVerb, longestTyped) });
  const command = typed(scene, nearest ?? 'help');
  return aCard({
    title: headline(title),
    summary: headline(
      nearest === null ? title : `${title} ${voice.plain('answers:unknown.nearest_plain', { nearest })}`,
    ),
    body: [
      nearest === null
        ? voice.t('answers:unknown.none', { command })
        : voice.t('answers:unknown.nearest', { nearest, command }),
    ],
    actions: [
      ...(nearest === null ? [] : offerOf(scene, nearest)),
      ...button(scene, 'help', [], { label: voice.plain('common:btn.help') }),
    ],
  });
}

/** The nearest verb: what only looks is one press away, everything else is explained first. */
function offerOf(scene: Scene, verb: Verb): CardAction[] {
  const looks = { label: verb, style: 'primary' } as const;
  switch (verb) {
    case 'status':
    case 'list':
      return button(scene, 'list', ['all', '1'], looks);
    case 'start':
      return button(scene, 'start-form', [], looks);
    case 'budget':
    case 'config':
      return button(scene, verb, [], looks);
    default:
      return button(scene, 'help', [verb], looks);
  }
}

/** A known verb with words behind it that say nothing. */
export function answerUsage(scene: Scene, verb: Verb, problem: Problem): Card {
  const { voice } = scene;
  const { usage, example } = commandDefinitions[verb];
  const wrong = problemWords(voice, problem);
  return aCard({
    title: headline(voice.plain('answers:unknown.usage_title')),
    summary: headline(wrong),
    body: [
      voice.ink.text(wrong),
      voice.t('answers:unknown.like', { usage: typed(scene, `${verb} ${usage}`.trimEnd()) }),
      voice.t('answers:unknown.example', { command: typed(scene, example) }),
    ],
    actions: button(scene, 'help', [verb], { label: voice.plain('common:btn.help') }),
  });
}

/** Plain: what is wrong, in a sentence. */
export function problemWords({ plain }: Pick<Voice, 'plain'>, problem: Problem): string {
  switch (problem.is) {
    case 'no_slug':
      return plain('answers:usage.no_slug', { typed: shorten(problem.typed, longestTyped) });
    case 'two_slugs':
      return plain('answers:usage.two_slugs', {
        first: shorten(problem.first, longestTyped),
        second: shorten(problem.second, longestTyped),
      });
    case 'unknown_option':
      return plain('answers:usage.unknown_option', {
        name: shorten(problem.name, longestTyped),
        verb: problem.verb,
      });
    case 'not_whole':
      return plain('answers:usage.not_whole', { name: problem.name });
    case 'not_share':
      return plain('answers:usage.not_share', { name: problem.name });
    case 'not_money':
      return plain('answers:usage.not_money', { name: problem.name });
    case 'out_of_range':
      return plain('answers:usage.out_of_range', problem);
    case 'unknown_word':
      return plain('answers:usage.unknown_word', {
        typed: shorten(problem.typed, longestTyped),
        choices: problem.choices,
      });
    case 'no_lesson':
      return plain('answers:usage.no_lesson', { typed: shorten(problem.typed, longestTyped) });
    case 'missing':
      return plain('answers:usage.missing', { name: problem.name });
  }
}

type SlugVerb =
  | 'pause'
  | 'resume'
  | 'stop'
  | 'leaderboard'
  | 'logs'
  | 'research'
  | 'status'
  | 'tree'
  | 'node'
  | 'compare'
  | 'params'
  | 'why';

/** Asked where a command needs one competition and several, or none, can be meant. */
export function askWhichCompetition(scene: Scene, verb: SlugVerb, slugs: readonly string[]): Card {
  const { voice } = scene;
  const isNone = slugs.length === 0;
  const sentence = isNone
    ? voice.plain('answers:unknown.which_none', { verb })
    : voice.plain('answers:unknown.which');
  return aCard({
    title: headline(isNone ? sentence : voice.plain('answers:unknown.which_title')),
    summary: headline(sentence),
    body: [
      ...(isNone ? [] : [voice.ink.text(sentence)]),
      ...(isNone ? [voice.t('answers:list.empty_body', { command: typed(scene, 'start') })] : []),
    ],
    items: slugs
      .slice(mostButtons)
      .map((slug) => ({ markup: typed(scene, `${verb} ${slug}`), action: null })),
    actions: isNone
      ? button(scene, 'start-form', [], { label: voice.plain('common:btn.start_new') })
      : slugs.slice(0, mostButtons).flatMap((slug) => actionOn(scene, verb, slug)),
  });
}

/** The verb on one competition, as a button that says the competition. */
export function actionOn(scene: Scene, verb: SlugVerb | 'start', slug: string): CardAction[] {
  if (verb === 'stop') return button(scene, 'stop', [slug], { label: slug });
  // which node is meant is chosen in the tree
  return slugButton(scene, verb === 'node' || verb === 'params' ? 'tree' : verb, slug).map((one) =>
    one.kind === 'button' ? { ...one, label: slug } : one,
  );
}
