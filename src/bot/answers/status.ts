import type { ContentOf } from '../../domain/card.ts';
import type { BudgetResult, KnownCompetition } from '../../domain/command-results.ts';
import type { ListedCompetition } from '../../domain/discovery-results.ts';
import {
  type ApproachView,
  approachesAtWork,
  type Overview,
  type SubmissionView,
  waitingRuns,
  waitsForPerson,
} from '../../domain/overview.ts';
import { decodeAction } from '../action.ts';
import type { Card, CardAction, CardTable } from '../card.ts';
import { button } from '../cards/buttons.ts';
import { ownWords } from '../cards/own-words.ts';
import { renderCard } from '../cards/render-card.ts';
import { shorten } from '../shorten.ts';
import { standingOf } from './discover.ts';
import { type Scene, typed } from './scene.ts';

const mostRows = 10;
const longestCell = 60;

export type StatusFacts = {
  /** Of the living message, a few seconds old; null where there is none or it is not at hand. */
  content: ContentOf<'status'> | null;
  overview: Overview;
  /** Null where it is not at hand: then nothing is said of the day's money. */
  budget: BudgetResult | null;
  /** What is known from discovery; null where it is not at hand. */
  known: KnownCompetition | null;
  /** How our account stands at Kaggle; left out where it is not at hand. */
  participation?: ListedCompetition['participation'];
};

/** `status`: the status card, with approaches and submissions below. */
export function answerStatus(scene: Scene, facts: StatusFacts): Card {
  const { overview, content } = facts;
  const card = renderCard(statusContentOf(facts), scene);
  return {
    ...card,
    facts: content === null ? withoutSubmissions(scene, card.facts) : card.facts,
    bars: content === null && facts.budget === null ? card.bars.slice(0, 1) : card.bars,
    body: [
      ...card.body,
      ...overview.decisions.filter(({ status }) => status === 'open').map((one) => needsYou(scene, one)),
      ...submissionLines(scene, overview.submissions),
      ...participationLine(scene, facts.participation ?? null),
      // In a chat nobody sits at that machine.
      ...(scene.platform === 'console' ? [filesLine(scene, overview)] : []),
    ],
    table: card.table ?? approachTable(scene, overview.approaches),
    actions: card.actions.flatMap((action) => towardsDecision(scene, overview, action)),
  };
}

/** The living message leads to this answer; here the same button leads to the question itself. */
function towardsDecision(scene: Scene, { slug, decisions }: Overview, action: CardAction): CardAction[] {
  if (action.kind !== 'button' || decodeAction(action.action)?.name !== 'status') return [action];
  const { plain } = scene.voice;
  return decisions
    .filter(({ status }) => status === 'open')
    .slice(0, 1)
    .flatMap(({ id }) =>
      button(scene, 'details', [id], {
        label: plain('common:btn.decide'),
        style: 'primary',
        hint: plain('common:hint.decide', { slug }),
      }),
    );
}

/** Where the account stands, and when that was read. */
function participationLine({ voice }: Scene, participation: ListedCompetition['participation']): string[] {
  const words = standingOf(voice, { participation });
  if (words.length === 0) return [];
  const readAt = participation?.readAt ?? null;
  return [
    [
      voice.ink.text(`Kaggle: ${words.join(voice.comma)}`),
      ...(readAt === null ? [] : [voice.t('answers:discover.looked', { at: voice.time(readAt) })]),
    ].join(' · '),
  ];
}

/** How many went out today is not in the overview, and a wrong number is worse than none. */
function withoutSubmissions({ voice }: Scene, facts: Card['facts']): Card['facts'] {
  const unknown = voice.plain('cards:status.submissions');
  return facts.filter(({ label }) => label !== unknown);
}

function filesLine({ voice }: Scene, { artifactsFolder }: Overview): string {
  return voice.t('answers:status.artifacts', { folder: voice.ink.code(artifactsFolder) });
}

function needsYou(scene: Scene, { question, shortId }: Overview['decisions'][number]): string {
  const asked = ownWords(scene.voice, question);
  return scene.voice.t('answers:status.needs', {
    question: asked,
    command: typed(scene, `decide ${shortId} A`),
  });
}

function approachTable({ voice }: Scene, approaches: readonly ApproachView[]): CardTable | null {
  if (approaches.length === 0) return null;
  return {
    caption: voice.plain('answers:status.approaches'),
    header: [
      voice.plain('answers:status.approach'),
      voice.plain('answers:status.round'),
      voice.plain('answers:status.state'),
      voice.plain('answers:status.cv'),
    ],
    align: ['left', 'right', 'left', 'right'],
    rows: approaches
      .slice(-mostRows)
      .map(({ name, round, status, error, cv }) => [
        shorten(name, longestCell),
        String(round),
        error === null
          ? voice.plain(`answers:status.done.${status}`)
          : shorten(`${voice.plain(`answers:status.done.${status}`)}: ${error}`, longestCell),
        voice.score(cv),
      ]),
  };
}

function submissionLines({ voice, platform }: Scene, submissions: readonly SubmissionView[]): string[] {
  if (submissions.length === 0) return [];
  const hidden = Math.max(0, submissions.length - mostRows);
  const lines = submissions.slice(hidden).map((one, index) => {
    const parts = [
      // Keys are for those who look for files and rows.
      platform === 'console' ? one.key : String(hidden + index + 1),
      shorten(one.approach, longestCell),
      voice.plain(`answers:status.done.${one.status}`),
      voice.plain('answers:status.submission_cv', { cv: voice.score(one.cv) }),
      ...(one.publicScore === null
        ? []
        : [voice.plain('answers:status.submission_public', { score: voice.score(one.publicScore) })]),
      ...(one.finalScore === null
        ? []
        : [voice.plain('answers:status.submission_final', { score: voice.score(one.finalScore) })]),
      ...(one.error === null ? [] : [shorten(one.error, longestCell)]),
    ];
    return voice.ink.text(parts.join(' · '));
  });
  return [[voice.ink.bold(voice.t('answers:status.submissions')), ...lines].join('\n')];
}

/** What moves comes from the overview, which is newer; what it does not hold comes from the living message. */
function statusContentOf({ overview, content, budget, known }: StatusFacts): ContentOf<'status'> {
  const { best, stage } = overview;
  return {
    kind: 'status',
    slug: overview.slug,
    title: overview.title,
    state: overview.state,
    resumeState: overview.resumeState,
    isQueued: overview.state === 'discovered' && (content?.isQueued ?? overview.isRequested ?? true),
    waitsForPerson: waitsForPerson(overview),
    round: overview.round,
    maxRounds: overview.maxRounds,
    metric: overview.metric,
    best:
      best === null
        ? null
        : { ...bestOf(best), previous: previousOf(content, best), isFinal: isFinalScore(overview, best) },
    deadline: content?.deadline ?? known?.deadline ?? null,
    submissionsToday: content?.submissionsToday ?? 0,
    submissionsPerDay: content?.submissionsPerDay ?? null,
    stageSince: stage?.startedAt ?? null,
    progress: stage?.progress ?? null,
    activity: approachesAtWork(overview),
    machines: [...(overview.machines ?? [])],
    waiting: waitingRuns(overview),
    competitionUsd: overview.costUsd,
    gpuTodayUsd: budget?.gpuTodayUsd ?? 0,
    gpuDayCapUsd: budget?.caps.gpu_day ?? null,
    failure: overview.failure,
    outcome: overview.outcome,
    openDecisions: overview.decisions.filter(({ status }) => status === 'open').length,
    chart: content?.chart ?? null,
    search: overview.search ?? null,
    modelUsd: overview.modelUsd ?? null,
    startedBy: content?.startedBy ?? null,
  };
}

/** The best before this one, where the living message tells of the same best. */
function previousOf(content: StatusFacts['content'], { score }: NonNullable<Overview['best']>) {
  return content?.best?.score === score ? content.best.previous : null;
}

function isFinalScore({ submissions }: Overview, best: NonNullable<Overview['best']>): boolean {
  const mine = submissions.find(({ key }) => key === best.submission);
  return mine !== undefined && mine.finalScore !== null && mine.finalScore === best.score;
}

function bestOf({ approach, cv, score, rank, entrants }: NonNullable<Overview['best']>) {
  return { approach, cv, score, rank, entrants };
}
