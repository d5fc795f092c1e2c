import type { MoveResult, StartResult } from '../../domain/command-results.ts';
import { factorNames } from '../../domain/feasibility.ts';
import { linkKindOf } from '../../domain/gate.ts';
import type { Overview } from '../../domain/overview.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { metricName } from '../cards/metric-words.ts';
import { ownWords } from '../cards/own-words.ts';
import { stateWord } from '../cards/state-words.ts';
import { headline, type Scene, typed, whoAsked } from './scene.ts';

const running = { isQueued: false };

/** The answer to `start`. */
export function answerStart(scene: Scene, result: StartResult): Card {
  const { voice, person } = scene;
  const { competition, outcome, feasibility } = result;
  const { slug } = competition;
  if (outcome === 'already') return answerAlreadyHere(scene, competition);
  if (outcome === 'waiting') return answerWaiting(scene, result);
  const summary =
    outcome === 'queued'
      ? voice.plain('answers:start.queued', { slug })
      : voice.plain('answers:start.started_summary', { slug, name: person.name });
  return aCard({
    title: headline(voice.plain(`answers:start.${outcome}`, { slug })),
    summary: headline(summary),
    tone: outcome === 'queued' ? 'idle' : 'running',
    body: [
      voice.t(`answers:start.${outcome}_body`, { slug }),
      [voice.ink.text(competition.title), ...metricOf(scene, competition)].join(' · '),
      voice.t('answers:start.plan', { count: competition.maxRounds }),
      ...(feasibility === null ? [] : [feasibilityOf(scene, feasibility)]),
      voice.t('answers:start.by', { who: whoAsked(scene) }),
    ],
    actions: [
      ...runButtons(scene, competition),
      ...button(scene, 'budget-form', [], limitsLabel(scene)),
      ...(feasibility === null ? [] : slugButton(scene, 'why', slug)),
    ],
  });
}

function answerAlreadyHere(scene: Scene, competition: Overview): Card {
  const { voice } = scene;
  const { slug, state } = competition;
  const words = { slug, state: stateWord(voice, { state, ...running }) };
  return aCard({
    title: headline(voice.plain('answers:start.already', { slug })),
    summary: headline(voice.plain('answers:start.already_body', words)),
    body: [voice.t('answers:start.already_body', words)],
    actions: runButtons(scene, competition),
  });
}

/** It waits at a gate: what to do, and where. The question itself goes where questions go. */
function answerWaiting(scene: Scene, { competition: { slug }, gate }: StartResult): Card {
  const { voice } = scene;
  const { plain, ink } = voice;
  const title = plain('answers:start.waiting', { slug });
  const link = gate?.link ?? null;
  return aCard({
    title: headline(title),
    summary: headline(title),
    tone: 'attention',
    body: [
      ...(gate == null ? [] : [ink.text(ownWords(voice, [gate.sentence, gate.task ?? ''].join(' ').trim()))]),
      voice.t('answers:start.waiting_body', { slug }),
    ],
    actions: [
      ...(link === null
        ? []
        : [{ kind: 'link' as const, label: plain(`cards:link.${linkKindOf(link)}`), url: link }]),
      ...button(scene, 'start', [slug], { label: plain('common:btn.retry') }),
      ...slugButton(scene, 'stop', slug),
    ],
  });
}

const limitsLabel = ({ voice }: Scene) => ({ label: voice.plain('common:btn.limits') });

function metricOf({ voice }: Scene, { metric }: Overview): string[] {
  if (metric === null) return [];
  const better = voice.plain(`common:better.${metric.direction}`);
  return [voice.t('answers:start.metric', { metric: metricName(metric.name), better })];
}

function feasibilityOf({ voice }: Scene, { score, parts }: NonNullable<StartResult['feasibility']>): string {
  const weak = parts.filter(({ value }) => value < 1);
  const reasons = weak.map(({ name, value, reason }) => {
    const known = factorNames.find((one) => one === name);
    const factor = known === undefined ? name : voice.plain(`answers:why.factor.${known}`);
    return `${factor} ${value.toFixed(2)}: ${ownWords(voice, reason)}`;
  });
  const head = voice.t('answers:start.feasibility', { score: Math.round(score) });
  return [head, ...reasons.map((reason) => voice.ink.text(`· ${reason}`))].join('\n');
}

/** What can be done with a competition now. */
function runButtons(scene: Scene, { slug, state }: Pick<Overview, 'slug' | 'state'>): CardAction[] {
  const status = slugButton(scene, 'status', slug);
  if (state === 'completed' || state === 'abandoned') {
    return [...status, ...slugButton(scene, 'leaderboard', slug), ...slugButton(scene, 'start', slug)];
  }
  const hold =
    state === 'paused' ? slugButton(scene, 'resume', slug, 'primary') : slugButton(scene, 'pause', slug);
  return [...status, ...hold, ...slugButton(scene, 'stop', slug)];
}

/** The answer to `pause`. */
export function answerPaused(scene: Scene, { competition: { slug }, outcome }: MoveResult): Card {
  const { voice, person } = scene;
  const actions = [...slugButton(scene, 'resume', slug), ...slugButton(scene, 'status', slug)];
  if (outcome === 'already') {
    const text = { slug };
    return aCard({
      title: headline(voice.plain('answers:move.paused', text)),
      summary: headline(voice.plain('answers:move.paused_already', text)),
      body: [voice.t('answers:move.paused_already', text)],
      actions,
    });
  }
  return aCard({
    title: headline(voice.plain('answers:move.paused', { slug })),
    summary: headline(voice.plain('answers:move.paused_summary', { slug, name: person.name })),
    body: [
      voice.t('answers:move.paused_body', { slug, who: whoAsked(scene) }),
      voice.t('answers:move.go_on', { command: typed(scene, `resume ${slug}`) }),
    ],
    actions,
  });
}

/** The answer to `resume`. */
export function answerResumed(scene: Scene, { competition, outcome }: MoveResult): Card {
  const { voice, person } = scene;
  const { slug, round } = competition;
  const state = stateWord(voice, { state: competition.state, ...running });
  const actions = runButtons(scene, competition);
  if (outcome === 'already') {
    return aCard({
      title: headline(voice.plain('answers:move.resumed_not', { slug })),
      summary: headline(voice.plain('answers:move.resumed_already', { slug, state })),
      body: [voice.t('answers:move.resumed_already', { slug, state })],
      actions,
    });
  }
  return aCard({
    title: headline(voice.plain('answers:move.resumed', { slug })),
    summary: headline(voice.plain('answers:move.resumed_summary', { slug, name: person.name })),
    tone: 'running',
    body: [voice.t('answers:move.resumed_body', { slug, who: whoAsked(scene), state, round })],
    actions,
  });
}

/** Asked before a competition is ended for good: the button is the second step. */
export function askToStop(scene: Scene, overview: Overview): Card {
  const { voice } = scene;
  const { slug, best, jobs } = overview;
  const working = jobs.filter(({ status }) => status === 'running').length;
  const score =
    best === null
      ? voice.plain('answers:move.stop_no_best')
      : voice.plain('answers:move.stop_best', { score: voice.score(best.score) });
  return aCard({
    title: headline(voice.plain('common:stop.title', { slug })),
    summary: headline(voice.plain('answers:move.stop_summary', { slug })),
    tone: 'attention',
    body: [
      voice.t('answers:move.stop_summary', { slug }),
      voice.t('answers:move.stop_kept', { best: score }),
      working === 0
        ? voice.t('answers:move.stop_lost_none')
        : voice.t('answers:move.stop_lost', { count: working }),
    ],
    actions: [
      ...button(scene, 'stop-now', [slug], {
        label: voice.plain('common:stop.yes'),
        style: 'danger',
        hint: voice.plain('common:hint.stop', { slug }),
      }),
      ...button(scene, 'status', [slug], { label: voice.plain('common:btn.keep') }),
    ],
  });
}

/** The answer to a stop that was confirmed. */
export function answerStopped(scene: Scene, { competition, outcome }: MoveResult): Card {
  const { voice, person } = scene;
  const { slug, costUsd } = competition;
  const actions = runButtons(scene, competition);
  if (outcome === 'already') {
    const words = { slug, state: stateWord(voice, { state: competition.state, ...running }) };
    return aCard({
      title: headline(voice.plain('answers:move.ended', { slug })),
      summary: headline(voice.plain('answers:move.stopped_already', words)),
      body: [voice.t('answers:move.stopped_already', words)],
      actions,
    });
  }
  return aCard({
    title: headline(voice.plain('answers:move.stopped', { slug })),
    summary: headline(voice.plain('answers:move.stopped_summary', { slug, name: person.name })),
    body: [
      voice.t('answers:move.stopped_body', { slug, who: whoAsked(scene) }),
      voice.t('answers:move.stopped_result', {
        result: resultOf(scene, competition),
        cost: voice.money(costUsd),
      }),
    ],
    actions,
  });
}

function resultOf({ voice }: Scene, { best }: Overview): string {
  if (best === null || best.score === null) return voice.plain('answers:move.no_score');
  const score = voice.score(best.score);
  return best.rank === null || best.entrants === null
    ? voice.plain('answers:move.result', { score })
    : voice.plain('answers:move.result_rank', { score, rank: best.rank, entrants: best.entrants });
}
