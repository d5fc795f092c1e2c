import type { ContentOf } from '../../domain/card.ts';
import { sayReason } from '../../domain/gpu/say-reason.ts';
import { aCard, type Card, type CardAction, type Tone } from '../card.ts';
import { catalogues } from '../i18n.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button, slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { changeLines } from './change-words.ts';
import { endWords, resultWords } from './end-words.ts';
import { longestLine, longestSentence } from './limits.ts';
import { reasonWords } from './own-words.ts';
import { stateWord } from './state-words.ts';
import { who } from './who.ts';

type Content = ContentOf<'notice'>;

/** Events that have words of their own, and how each looks. */
const looks = {
  competition_changed: ['⚠', 'attention'],
  new_competition_found: ['🚀', 'running'],
  research_completed: ['🔎', 'running'],
  code_ready: ['🧩', 'running'],
  training_completed: ['🔵', 'running'],
  submission_completed: ['↑', 'running'],
  submission_known: ['🔵', 'running'],
  submission_deferred: ['⏳', 'running'],
  submission_withheld: ['🔵', 'idle'],
  score_received: ['↑', 'running'],
  next_round: ['🔵', 'running'],
  success: ['🏁', 'good'],
  uncertainty_high: ['🟡', 'attention'],
  retry_different_approach: ['🔵', 'running'],
  adjust_parameters: ['🔵', 'running'],
  skip_competition: ['⏹', 'idle'],
  auto_retry: ['🔵', 'running'],
  manual_intervention_required: ['🔴', 'bad'],
  abort: ['⏹', 'bad'],
  paused: ['⏸', 'idle'],
  resumed: ['▶', 'running'],
  stopped: ['⏹', 'idle'],
  data_changed: ['🔵', 'attention'],
  notebook_runs_on: ['🟡', 'attention'],
  selection_confirmed: ['✅', 'good'],
  selection_missing: ['🟡', 'attention'],
  selection_all: ['✅', 'good'],
  final_result: ['🏁', 'good'],
  leak_found: ['🕳', 'attention'],
  score_examined: ['🔍', 'attention'],
  machine_chosen: ['🖥', 'running'],
  machine_awaited: ['⏳', 'idle'],
  machine_lost: ['🔁', 'running'],
  run_resumed: ['⏩', 'running'],
  run_given_up: ['✂', 'idle'],
} as const satisfies Record<string, readonly [symbol: string, tone: Tone]>;

type Told = keyof typeof looks;

/** What happened, told in the thread. */
export function noticeCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const [symbol, tone] = lookOf(content.event);
  const line = shorten(lineOf(content, voice), longestLine);
  return aCard({
    title: shorten(`${symbol} ${line}`, longestLine),
    summary: joinWithin([line, whyOf(content, voice) ?? ''], voice.stop, longestLine),
    tone,
    body: bodyOf(content, options),
    actions: actionsOf(content, options),
  });
}

function isTold(event: string): event is Told {
  return Object.hasOwn(looks, event);
}

function lookOf(event: string): readonly [symbol: string, tone: Tone] {
  if (isTold(event)) return looks[event];
  return event.endsWith('_failed') ? ['🟡', 'attention'] : ['🔵', 'running'];
}

function lineOf(content: Content, voice: Voice): string {
  const { event, slug, publicScore, round, toState } = content;
  const { plain } = voice;
  const told = isTold(event) ? event : null;
  switch (told) {
    case 'score_received':
      return publicScore === null
        ? plain('cards:notice.score_none', { slug })
        : plain('cards:notice.score_received', { slug, score: voice.score(publicScore) });
    case 'next_round':
      return round === null
        ? plain('cards:notice.next_round', { slug })
        : plain('cards:notice.next_round_number', { slug, round });
    case 'final_result':
      return plain('cards:notice.final_result', { slug, standing: resultWords(content, voice) });
    case null:
      return unknownLine(event, slug, toState, voice);
    default:
      return plain(`cards:notice.${told}`, { slug });
  }
}

function unknownLine(event: string, slug: string, toState: Content['toState'], voice: Voice): string {
  if (event.endsWith('_failed')) return voice.plain('cards:notice.failed_step', { slug });
  const state = toState === null ? event : stateWord(voice, { state: toState, isQueued: false });
  return voice.plain('cards:notice.other', { slug, state });
}

function bodyOf(content: Content, options: CardOptions): string[] {
  const { voice } = options;
  const { by } = content;
  const why = whyOf(content, voice);
  const isPerson = by !== null && by.type !== 'job' && by.type !== 'schedule' && by.type !== 'default';
  const sentences = [
    ...(isPerson ? [voice.t('cards:notice.by', { user: who(options, by) })] : []),
    ...whatItMeans(content, voice),
  ];
  return [
    ...(why === null ? [] : [voice.ink.text(why)]),
    ...changeLines(voice, content.changes ?? []),
    ...(sentences.length === 0 ? [] : [sentences.join(voice.gap)]),
  ];
}

/** Plain. */
function whyOf({ reason, why, names = [] }: Content, voice: Voice): string | null {
  if (why === undefined) return reason === null ? null : reasonWords(voice, shorten(reason, longestSentence));
  const words = sayReason(why, catalogues[voice.locale].cards);
  return shorten([...names, words].join(': '), longestSentence);
}

function whatItMeans(content: Content, voice: Voice): string[] {
  const { event, toState, cv, publicScore } = content;
  const { t, plain, score } = voice;
  switch (event) {
    case 'paused':
      return [t('cards:notice.paused_text')];
    case 'resumed':
      return toState === null
        ? []
        : [t('cards:notice.resumed_text', { state: plain(`common:state.${toState}`) })];
    case 'stopped':
    case 'skip_competition':
      return [t('cards:notice.stopped_text')];
    case 'auto_retry':
      return [t('cards:notice.retry_text')];
    case 'machine_lost':
      return [t('cards:notice.machine_lost_text')];
    case 'data_changed':
      return [t('cards:notice.data_changed_text')];
    case 'notebook_runs_on':
      return [
        t('cards:notice.notebook_text'),
        t(toState === 'paused' ? 'cards:notice.notebook_paused' : 'cards:notice.notebook_over'),
      ];
    case 'score_received':
      if (cv === null) return [];
      return publicScore === null
        ? [t('cards:notice.cv_only', { cv: score(cv) })]
        : [t('cards:notice.cv', { cv: score(cv), score: score(publicScore) })];
    case 'selection_confirmed':
    case 'selection_missing':
    case 'final_result':
      return endWords(content, voice);
    default:
      return [];
  }
}

function actionsOf(content: Content, options: CardOptions): CardAction[] {
  const { event, slug, url } = content;
  if (event === 'leak_found' || event === 'score_examined') return nodeButtons(content, options);
  if (event === 'final_result') return slugButton(options, 'leaderboard', slug);
  if (url !== undefined)
    return [{ kind: 'link', label: options.voice.plain('cards:notice.open_kaggle'), url }];
  if (event === 'paused') return slugButton(options, 'resume', slug, 'primary');
  if (event === 'manual_intervention_required') return slugButton(options, 'logs', slug);
  return [];
}

/** The node that it is about, and the tree in which it stands. */
function nodeButtons({ slug, names = [] }: Content, options: CardOptions): CardAction[] {
  const label = options.voice.plain('cards:notice.open_node');
  return [
    ...names.slice(0, 1).flatMap((name) => button(options, 'node', [slug, name], { label })),
    ...slugButton(options, 'tree', slug),
  ];
}
