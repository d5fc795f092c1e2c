import type { MoveResult, StartResult } from '../../domain/command-results.ts';
import { type Overview, stateWords } from '../../domain/overview.ts';
import { columns, directionWords, money, rankOf, score } from './format.ts';

/** The answer to `start`. */
export function presentStart({ competition, outcome, feasibility }: StartResult): string {
  const { slug, title, metric, maxRounds } = competition;
  const heads = {
    started: `Started ${slug}.`,
    queued: `${slug} waits for its turn: as many competitions as allowed are active. It starts by itself.`,
    already: `${slug} is already here: ${stateWords[competition.state]}. Nothing changed.`,
  };
  if (outcome === 'already') return `${heads.already}\nSee: /kaggle status ${slug}`;
  return [
    heads[outcome],
    [title, ...(metric === null ? [] : [directionWords(metric)])].join(' · '),
    `Plan: at most ${maxRounds === 1 ? '1 round' : `${maxRounds} rounds`} of research, code, training and submission.`,
    ...feasibilityLines(feasibility),
    `See: /kaggle status ${slug}    hold it: /kaggle pause ${slug}`,
  ].join('\n');
}

function feasibilityLines(feasibility: StartResult['feasibility']): string[] {
  if (feasibility === null) return [];
  const rows = feasibility.parts.map(({ name, value, reason }) => [name, value.toFixed(2), reason]);
  return [`Feasibility ${feasibility.score.toFixed(0)} of 100 (for information)`, ...columns(rows, '  ')];
}

export function presentPaused({ competition: { slug }, outcome }: MoveResult): string {
  if (outcome === 'already') return `${slug} is already paused. Go on with: /kaggle resume ${slug}`;
  return `${slug} paused. What runs is held or ended where it is safe; nothing is lost. Go on with: /kaggle resume ${slug}`;
}

export function presentResumed({ competition: { slug, state, round }, outcome }: MoveResult): string {
  if (outcome === 'already') return `${slug} is not paused: ${stateWords[state]}. Nothing changed.`;
  return `${slug} resumed. It goes on with ${stateWords[state]}, round ${round}.`;
}

/** Asked before a competition is ended for good. */
export function presentStopQuestion(overview: Overview): string {
  const running = overview.jobs.filter(({ status }) => status === 'running').length;
  const best = overview.best === null ? 'no submission yet' : `best submission ${score(overview.best.score)}`;
  const lost =
    running === 0 ? 'nothing is running' : `${running} running training ${running === 1 ? 'job' : 'jobs'}`;
  return [
    `Stop ${overview.slug}? This ends it for good.`,
    `Kept: ${best}, code, models, results. Lost: ${lost}.`,
    'Type yes to stop it, anything else to keep it running.',
  ].join('\n');
}

export function presentStopped({ competition, outcome }: MoveResult): string {
  const { slug, state, best, costUsd } = competition;
  if (outcome === 'already') return `${slug} has ended before: ${stateWords[state]}. Nothing changed.`;
  const result =
    best === null
      ? 'no score'
      : [`best ${score(best.score)}`, rankOf(best.rank, best.entrants)].filter(Boolean).join(', ');
  return `${slug} stopped · ${result} · total cost ${money(costUsd)}`;
}
