import type { DecisionView, Overview } from '../../domain/overview.ts';
import { stateWords } from '../../domain/overview.ts';
import {
  bar,
  columns,
  count,
  cut,
  directionWords,
  duration,
  money,
  type Place,
  rankOf,
  score,
  spread,
} from './format.ts';

const headWidth = 68;
const titleWidth = 44;

/** `status`: one competition in full. */
export function presentStatus(overview: Overview, place: Place): string {
  const { slug, title, state, metric } = overview;
  return [
    `${`${slug} · ${stateWords[state]}`.padEnd(headWidth)}${roundOf(overview)}`.trimEnd(),
    [cut(title, titleWidth), ...(metric === null ? [] : [directionWords(metric)])].join(' · '),
    bestLine(overview),
    ...stageLine(overview, place),
    ...approachLines(overview),
    ...submissionLines(overview),
    ...overview.decisions.filter(({ status }) => status === 'open').map(needsYou),
    ...(overview.failure === null ? [] : [`Problem: ${overview.failure.message}`]),
    ...(overview.outcome === null ? [] : [`Outcome: ${overview.outcome}`]),
    `Cost ${money(overview.costUsd)} · ${timeLine(overview, place)} · artifacts in ${overview.artifactsFolder}`,
  ].join('\n');
}

function roundOf({ round, maxRounds }: Overview): string {
  return round === 0 ? '' : `round ${round} of ${Math.max(round, maxRounds)}`;
}

function bestLine({ best }: Overview): string {
  if (best === null) return 'Best: no score yet';
  const parts = [
    `Best ${score(best.score)}`,
    `CV ${score(best.cv)}`,
    best.approach,
    rankOf(best.rank, best.entrants),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function stageLine({ state, stage, resumeState }: Overview, { now }: Place): string[] {
  if (state === 'paused' && resumeState !== null) {
    return [`Now: paused, goes on with ${stateWords[resumeState]}`];
  }
  if (stage === null) return [];
  const elapsed = `${duration(now.getTime() - stage.startedAt.getTime())} so far`;
  const { progress } = stage;
  if (progress === null) return [`Now: ${stage.label}, ${elapsed}`];
  return [`Now: ${stage.label}  ${bar(progress)}  ${progress.label}, ${elapsed}`];
}

function approachLines({ approaches }: Overview): string[] {
  if (approaches.length === 0) return [];
  const rows = approaches.map((one) => [
    `${one.round}`,
    one.name,
    one.status,
    one.cv === null ? '' : `CV ${spread(one.cv, one.cvSd)}`,
    one.error === null ? cut(one.title, titleWidth) : cut(one.error, headWidth),
  ]);
  return ['Approaches (round, name)', ...columns(rows, '  ')];
}

function submissionLines({ submissions }: Overview): string[] {
  if (submissions.length === 0) return [];
  const rows = submissions.map((one) => [
    one.key,
    one.approach,
    one.status,
    `CV ${score(one.cv)}`,
    one.publicScore === null ? '' : `public ${score(one.publicScore)}`,
    one.finalScore === null
      ? cut(one.error ?? '', headWidth)
      : [`hidden test ${score(one.finalScore)}`, rankOf(one.rank, one.entrants)].filter(Boolean).join(', '),
  ]);
  return ['Submissions', ...columns(rows, '  ')];
}

function needsYou({ question, shortId }: DecisionView): string {
  return `Needs you: ${question} → /kaggle decide ${shortId} A`;
}

function timeLine({ startedAt, finishedAt }: Overview, { now }: Place): string {
  if (startedAt === null) return 'not started';
  const until = finishedAt ?? now;
  const elapsed = duration(until.getTime() - startedAt.getTime());
  return finishedAt === null ? `running for ${elapsed}` : `took ${elapsed}`;
}

/** Order of the list: who needs a person first, then what works, then the rest. */
function urgency({ state, decisions }: Overview): number {
  if (decisions.some(({ status }) => status === 'open')) return 0;
  if (state === 'failed' || state === 'awaiting_decision') return 0;
  if (state === 'completed' || state === 'abandoned') return 3;
  return state === 'paused' || state === 'discovered' ? 2 : 1;
}

/** `list`: one line each. */
export function presentList(overviews: readonly Overview[]): string {
  if (overviews.length === 0) return 'Nothing is running. Start one: /kaggle start <slug>';
  const sorted = [...overviews].sort(
    (a, b) => urgency(a) - urgency(b) || a.priority - b.priority || a.slug.localeCompare(b.slug),
  );
  const running = overviews.filter((one) => urgency(one) <= 1).length;
  const rows = sorted.map((one) => [
    one.slug,
    stateWords[one.state],
    roundOf(one),
    one.best === null ? '–' : score(one.best.score ?? one.best.cv),
    one.best === null ? '' : rankOf(one.best.rank, one.best.entrants),
    urgency(one) === 0 ? '→ /kaggle decide' : '',
  ]);
  return [`${count(overviews.length, 'competition')} · ${running} running`, ...columns(rows, '  ')].join(
    '\n',
  );
}

/** Asked where a command needs one competition and several are possible. */
export function presentWhich(slugs: readonly string[], verb: string): string {
  if (slugs.length === 0) return `There is no competition to ${verb}. Start one: /kaggle start <slug>`;
  return `Which one? ${slugs.map((slug) => `/kaggle ${verb} ${slug}`).join('   ')}`;
}
