import type { BudgetResult, KnownCompetition } from '../../domain/command-results.ts';
import type { DecisionView, Overview } from '../../domain/overview.ts';
import { byDeadline } from '../by-deadline.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { renderCard } from '../cards/render-card.ts';
import { stateWord } from '../cards/state-words.ts';
import { barOf } from './budget.ts';
import { decisionContentOf } from './decisions.ts';
import { answerList } from './list.ts';
import { headline, type Scene } from './scene.ts';

const mostDecisions = 3;
const mostOffers = 3;
const mostEvents = 5;

export type HomeFacts = {
  overviews: readonly Overview[];
  decisions: readonly DecisionView[];
  budget: BudgetResult;
  known: readonly KnownCompetition[];
};

/** The dashboard of one person: what needs them first, then what runs, then money. */
export function answerHome(scene: Scene, facts: HomeFacts): Card[] {
  const { overviews, decisions, budget } = facts;
  const soonest = [...decisions].sort((a, b) => a.deadline.getTime() - b.deadline.getTime());
  return [
    greeting(scene, decisions.length),
    ...soonest.slice(0, mostDecisions).map((one) => renderCard(decisionContentOf(one), scene)),
    overviews.length === 0
      ? offers(scene, facts.known)
      : answerList(scene, overviews, { filter: 'all', page: 1, known: facts.known }),
    ...lastEvents(scene, overviews),
    moneyCard(scene, budget),
  ];
}

function greeting(scene: Scene, open: number): Card {
  const { voice, person } = scene;
  const needs = open === 0 ? voice.t('answers:home.calm') : voice.t('answers:home.needs', { count: open });
  const hello = voice.plain('answers:home.greeting', { name: person.name });
  return aCard({
    title: headline(voice.plain('answers:home.title')),
    summary: headline(hello),
    tone: open === 0 ? 'idle' : 'attention',
    body: [voice.ink.text(hello), needs],
    actions: [
      ...button(scene, 'start-form', [], { label: voice.plain('common:btn.start_new'), style: 'primary' }),
      ...button(scene, 'config', [], { label: voice.plain('common:btn.config') }),
      ...button(scene, 'help', [], { label: voice.plain('common:btn.help') }),
    ],
  });
}

/** Nothing runs: a few competitions to begin with, the next deadline first. */
function offers(scene: Scene, known: readonly KnownCompetition[]): Card {
  const { voice } = scene;
  const open = known
    .filter(({ deadline }) => deadline === null || deadline > voice.now)
    .sort(byDeadline)
    .slice(0, mostOffers);
  const actions: CardAction[] = button(scene, 'list', ['available', '1'], {
    label: voice.plain('answers:btn.available'),
  });
  const title = voice.plain('answers:list.empty');
  return aCard({
    title: headline(title),
    summary: headline(title),
    body: open.length === 0 ? [] : [voice.t('answers:home.offers')],
    items: open.map(({ slug, title: name }) => ({
      markup: `${voice.ink.bold(voice.ink.text(slug))} · ${voice.ink.text(name)}`,
      action: slugButton(scene, 'start', slug)[0] ?? null,
    })),
    actions,
  });
}

/** What happened last, the newest first. */
function lastEvents(scene: Scene, overviews: readonly Overview[]): Card[] {
  const { voice } = scene;
  const newest = overviews
    .flatMap(({ slug, passed }) => passed.map((one) => ({ ...one, slug })))
    .sort((a, b) => b.endedAt.getTime() - a.endedAt.getTime())
    .slice(0, mostEvents);
  if (newest.length === 0) return [];
  const title = headline(voice.plain('answers:home.events'));
  const lines = newest.map(({ slug, endedAt, to, round }) => {
    const words = [slug, stateWord(voice, { state: to, isQueued: false })];
    if (round > 0) words.push(voice.plain('answers:research.idea', { round }));
    return `${voice.time(endedAt)} · ${voice.ink.text(words.join(' · '))}`;
  });
  return [aCard({ title, summary: title, body: [lines.join('\n')] })];
}

function moneyCard(scene: Scene, { caps, gpuTodayUsd, llmTodayUsd }: BudgetResult): Card {
  const { voice } = scene;
  const title = voice.plain('answers:budget.title');
  return aCard({
    title: headline(title),
    summary: headline(voice.plain('answers:budget.spent', { usd: voice.money(gpuTodayUsd + llmTodayUsd) })),
    bars: [
      barOf(scene, voice.plain('answers:budget.gpu'), gpuTodayUsd, caps.gpu_day),
      barOf(scene, voice.plain('answers:budget.llm'), llmTodayUsd, caps.llm_day),
    ],
    actions: button(scene, 'budget-form', [], { label: voice.plain('common:btn.cap') }),
    footer: voice.t('answers:home.updated', { at: voice.time(voice.now) }),
  });
}
