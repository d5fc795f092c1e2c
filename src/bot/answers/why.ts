import type { WhyResult } from '../../domain/discovery-results.ts';
import { sizeWords } from '../../domain/download-view.ts';
import type { FactorName, FeasibilityPart } from '../../domain/feasibility.ts';
import { aCard, type Card } from '../card.ts';
import { slugButton } from '../cards/buttons.ts';
import { changeLine } from '../cards/change-words.ts';
import { ownWords } from '../cards/own-words.ts';
import type { TextKey } from '../i18n.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { standingOf } from './discover.ts';
import { headline, type Scene, typed } from './scene.ts';

const hourMs = 3_600_000;
const longestText = 300;
const mostGains = 3;
const mostChanges = 5;
const symbols = { green: '🟢', amber: '🟡', red: '🔴' } as const;

/** `why`: every factor with its value, weight and reason, what keeps the agent out, and what would change the score. */
export function answerWhy(scene: Scene, result: WhyResult): Card {
  const { voice } = scene;
  const { competition, feasibility } = result;
  const { slug } = competition;
  const title = voice.plain('answers:why.title', { slug, score: Math.round(feasibility.score) });
  return aCard({
    title: headline(`${symbols[feasibility.colour]} ${title}`),
    summary: headline(title),
    tone: feasibility.colour === 'green' ? 'good' : feasibility.colour === 'amber' ? 'attention' : 'bad',
    body: [
      voice.ink.text(shorten(competition.title, longestText)),
      ...noticesOf(voice, result),
      [voice.ink.bold(voice.t('answers:why.factors')), ...partLines(voice, result)].join('\n'),
      ...gainsOf(voice, result),
      ...changesOf(voice, result),
    ],
    facts: factsOf(voice, result),
    actions: [
      ...(competition.isRequested
        ? slugButton(scene, 'status', slug)
        : slugButton(scene, 'start', slug, feasibility.gates.length === 0 ? 'primary' : 'plain')),
    ],
    footer: voice.t('answers:why.know_better', { command: typed(scene, `why ${slug} modality 0.8`) }),
  });
}

/** Markup: what stands before the factors. */
function noticesOf(voice: Voice, { feasibility, competition, readError }: WhyResult): string[] {
  const gates = feasibility.gates.map(({ code }) => voice.t(`answers:why.gate.${code}`));
  return [
    ...(gates.length === 0 ? [] : [[voice.ink.bold(voice.t('answers:why.blocked')), ...gates].join('\n')]),
    ...(competition.wasRead ? [] : [voice.t('answers:why.guess')]),
    ...(readError === null
      ? []
      : [voice.t('answers:why.read_error', { message: ownWords(voice, shorten(readError, longestText)) })]),
    ...(competition.keptOutBy === null ? [] : [voice.t('answers:why.kept_out')]),
  ];
}

function partLines(voice: Voice, result: WhyResult): string[] {
  return result.feasibility.parts.map((part) => {
    const { name, value, weight } = part;
    return voice.t('answers:why.line', {
      name: voice.plain(`answers:why.factor.${name}`),
      value: value.toFixed(2),
      weight: weight.toFixed(2),
      reason: reasonOf(voice, result, part),
    });
  });
}

/** Plain. */
function reasonOf(voice: Voice, why: WhyResult, { name }: FeasibilityPart): string {
  const { competition, input, overrides } = why;
  const { plain } = voice;
  if (overrides.includes(name)) return plain('answers:why.set');
  switch (name) {
    case 'time':
      return input.hoursLeft === null || competition.deadline === null
        ? plain('answers:why.time_none')
        : plain('answers:why.time', {
            left: voice.span(Math.max(0, input.hoursLeft) * hourMs),
            run: voice.span(input.runHours * hourMs),
          });
    case 'data':
      return plain('answers:why.data', { size: sizeWords(input.dataBytes) });
    case 'modality':
      return plain(`answers:why.modality.${input.modality}`);
    case 'submission':
      return plain(submissionKey(input));
    case 'metric':
      return plain(`answers:why.metric.${input.metric}`);
    case 'budget':
      return input.estimatedCostUsd <= 0
        ? plain('answers:why.budget_free')
        : plain('answers:why.budget', {
            budget: voice.money(input.budgetUsd),
            cost: voice.money(input.estimatedCostUsd),
          });
  }
}

function submissionKey({ isKernelsOnly, hasNotebookPath }: WhyResult['input']) {
  if (!isKernelsOnly) return 'answers:why.submission.file' satisfies TextKey;
  return hasNotebookPath ? 'answers:why.submission.notebook' : 'answers:why.submission.impossible';
}

/** Markup. */
function gainsOf(voice: Voice, { gains, completedCount }: WhyResult): string[] {
  const words = gains
    .filter(({ gain }) => gain >= 1)
    .slice(0, mostGains)
    .map(({ name, gain }) => gainWords(voice, name, gain));
  return [
    ...(words.length === 0 ? [] : [voice.t('answers:why.gains', { list: words.join(voice.comma) })]),
    ...(completedCount === 0 ? [] : [voice.t('answers:why.history', { count: completedCount })]),
  ];
}

function gainWords({ plain }: Voice, name: FactorName, gain: number): string {
  return plain('answers:why.gain', {
    name: plain(`answers:why.factor.${name}`),
    points: Math.round(gain),
  });
}

/** Markup. */
function changesOf(voice: Voice, { changes }: WhyResult): string[] {
  const told = changes.filter(({ what }) => what !== 'new').slice(0, mostChanges);
  if (told.length === 0) return [];
  const lines = told.map((change) =>
    voice.t('answers:why.change', { at: voice.time(change.at), what: changeLine(voice, change) }),
  );
  return [[voice.ink.bold(voice.t('answers:why.changes')), ...lines].join('\n')];
}

function factsOf(voice: Voice, { competition, feasibility, input }: WhyResult): Card['facts'] {
  const { plain, ink } = voice;
  const { reward, deadline, teams } = competition;
  const standing = standingOf(voice, competition).join(voice.comma);
  const medal = input.awardsPoints ? voice.percent(feasibility.medal) : plain('answers:why.no_points');
  const end = deadline === null ? voice.t('answers:discover.no_end') : voice.deadlineTime(deadline);
  return [
    { label: plain('answers:why.medal'), value: ink.text(medal) },
    { label: plain('answers:why.value'), value: ink.text(feasibility.value.toFixed(2)) },
    { label: plain('answers:why.priority'), value: ink.text(feasibility.priority.toFixed(1)) },
    { label: plain('answers:why.reward'), value: ink.text(shorten(reward ?? '–', longestText)) },
    { label: plain('answers:why.deadline'), value: end },
    { label: plain('answers:why.teams'), value: ink.text(voice.number(teams)) },
    ...(standing === '' ? [] : [{ label: plain('answers:why.standing'), value: ink.text(standing) }]),
  ];
}
