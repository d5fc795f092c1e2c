import type { Failure } from '../../domain/errors.ts';
import { describeGate, gateOfCode, linkKindOf } from '../../domain/gate.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { ownWords } from '../cards/own-words.ts';
import { slugOf } from '../command-arguments.ts';
import { shorten } from '../shorten.ts';
import { failureWords } from './failure-words.ts';
import { actionOn } from './misunderstood.ts';
import { headline, type Scene } from './scene.ts';

const longestMessage = 1_000;
const mostSuggestions = 4;
const mostSteps = 3;
const mostActions = 5;

/** What was asked for when it failed: close matches are offered for the same verb. */
export type Attempt = {
  verb:
    | 'start'
    | 'pause'
    | 'resume'
    | 'stop'
    | 'status'
    | 'leaderboard'
    | 'research'
    | 'tree'
    | 'compare'
    | 'logs'
    | 'why'
    | null;
  slug: string | null;
};

/**
 * What happened, why, what to do, and a reference that is in the log as well. What people meet often is told in their
 * language; any other message is English and shown as it is; what was not thrown on purpose shows only that something
 * broke.
 */
export function answerFailure(scene: Scene, failure: Failure, ref: string, attempt: Attempt): Card {
  const { voice } = scene;
  const isOurs = failure.kind === 'system';
  const title = voice.plain(`answers:failure.${failure.kind}`);
  const words = failureWords(scene, failure, attempt.slug);
  const own = ownWords(voice, shorten(failure.message, longestMessage));
  const message = failure.code === 'unexpected' ? null : (words?.sentence ?? own);
  const names = suggestionsOf(failure);
  return aCard({
    title: headline(title),
    summary: headline(message ?? title),
    tone: isOurs || failure.kind === 'configuration' ? 'bad' : 'attention',
    body: [
      voice.ink.text(message ?? voice.plain('answers:failure.unexpected')),
      ...(words?.steps ?? []),
      ...textsOf(failure.details.next)
        .slice(0, mostSteps)
        .map((step, index) => voice.ink.text(`${index + 1}. ${step}`)),
      ...(names.length === 0 ? [] : [voice.t('answers:failure.meant')]),
      ...(failure.kind === 'transient' ? [voice.t('answers:failure.transient_next')] : []),
      ...(isOurs ? [voice.t('answers:failure.unexpected_next')] : []),
    ],
    actions: [
      ...actionsOf(scene, failure, names, attempt),
      ...(names.length === 0 ? (words?.actions ?? []) : []),
    ].slice(0, mostActions),
    footer: voice.t('answers:failure.code', { id: ref, code: failure.code }),
  });
}

function actionsOf(
  scene: Scene,
  failure: Failure,
  names: readonly string[],
  { verb, slug }: Attempt,
): CardAction[] {
  const { plain } = scene.voice;
  const rules = gateLink(scene, failure, slug);
  const again =
    verb !== null &&
    slug !== null &&
    (failure.kind === 'transient' || rules.length > 0 || failure.code === 'competition.busy')
      ? button(scene, verb, [slug], { label: plain('common:btn.retry') })
      : [];
  // Which approaches there are, and what they are called.
  const tree = slug !== null && failure.code.startsWith('parameters.') ? slugButton(scene, 'tree', slug) : [];
  return [...names.flatMap((name) => actionOn(scene, verb ?? 'status', name)), ...rules, ...again, ...tree];
}

/** Where a person opens the gate that was met, on Kaggle's website alone. */
function gateLink({ voice }: Scene, { code, details }: Failure, slug: string | null): CardAction[] {
  const kind = gateOfCode(code);
  if (kind === null) return [];
  const given = typeof details.link === 'string' ? details.link : null;
  const link = given ?? (slug === null ? null : describeGate(kind, { slug }).link);
  if (link === null || !link.startsWith('https://www.kaggle.com/')) return [];
  return [{ kind: 'link', label: voice.plain(`cards:link.${linkKindOf(link)}`), url: link }];
}

/** Names that were nearly typed. */
function suggestionsOf({ details }: Failure): string[] {
  const names = [...textsOf(details.suggestions), ...textsOf(details.nearest)];
  return [...new Set(names)].filter((name) => slugOf(name) === name).slice(0, mostSuggestions);
}

function textsOf(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one): one is string => typeof one === 'string' && one !== '');
}
