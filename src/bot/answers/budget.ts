import type { BudgetResult } from '../../domain/command-results.ts';
import { aCard, type Card } from '../card.ts';
import { button } from '../cards/buttons.ts';
import type { BudgetChange } from '../command.ts';
import { machineButtons, machineLines } from './gpus.ts';
import { headline, type Scene, whoAsked } from './scene.ts';
import { spendingLines, stepTable } from './spending.ts';

/** `budget`: spent today against the caps; with a slug also what that competition came to. */
export function answerBudget(scene: Scene, slug: string | null, budget: BudgetResult): Card {
  const { voice } = scene;
  const { caps, gpuTodayUsd, llmTodayUsd, competitionUsd, models, modelCapUsd } = budget;
  const spent = voice.plain('answers:budget.spent', { usd: voice.money(gpuTodayUsd + llmTodayUsd) });
  return aCard({
    title: headline(voice.plain('answers:budget.title')),
    summary: headline(spent),
    body: [
      [voice.ink.bold(voice.ink.text(spent)), ...monthOf(scene, budget)].join(' · '),
      ...paceOf(scene, budget),
      ...(caps.fleet_hour === undefined
        ? []
        : [voice.t('answers:budget.hour', { usd: voice.money(caps.fleet_hour) })]),
      ...(caps.llm_competition === undefined || slug !== null
        ? []
        : [voice.t('answers:budget.llm_competition', { usd: voice.money(caps.llm_competition) })]),
      ...machineLines(scene, budget),
      ...spendingLines(scene, budget),
      voice.t('answers:budget.rule'),
    ],
    bars: [
      barOf(scene, voice.plain('answers:budget.gpu'), gpuTodayUsd, caps.gpu_day),
      barOf(scene, voice.plain('answers:budget.llm'), llmTodayUsd, caps.llm_day),
      ...(slug === null ? [] : [barOf(scene, slug, competitionUsd, caps.competition)]),
      ...(slug === null || (models == null && modelCapUsd === undefined)
        ? []
        : [barOf(scene, voice.plain('answers:budget.llm_of', { slug }), models?.usd ?? 0, modelCapUsd)]),
    ],
    table: stepTable(scene, models),
    actions: [
      ...machineButtons(scene, budget),
      ...button(scene, 'budget-form', [], { label: voice.plain('common:btn.cap') }),
      ...button(scene, 'list', ['running'], { label: voice.plain('answers:btn.running') }),
    ],
  });
}

function monthOf({ voice }: Scene, { monthUsd }: BudgetResult): string[] {
  return monthUsd === undefined ? [] : [voice.t('answers:budget.month', { usd: voice.money(monthUsd) })];
}

const dayMs = 24 * 3_600_000;
/** With less of the day gone, what it will cost is a guess. */
const leastShareOfDay = 0.05;

/** When today's money for machines is used up, if it goes on as it did since midnight (UTC, as the caps count). */
function paceOf({ voice }: Scene, { caps, gpuTodayUsd }: BudgetResult): string[] {
  const cap = caps.gpu_day;
  const nowMs = voice.now.getTime();
  const midnightMs = Math.floor(nowMs / dayMs) * dayMs;
  const goneMs = nowMs - midnightMs;
  if (cap === undefined || gpuTodayUsd <= 0 || goneMs < leastShareOfDay * dayMs) return [];
  if (gpuTodayUsd >= cap) return [voice.t('answers:budget.used_up')];
  const reachedMs = midnightMs + (goneMs * cap) / gpuTodayUsd;
  if (reachedMs >= midnightMs + dayMs) return [];
  return [voice.t('answers:budget.pace', { at: voice.time(new Date(reachedMs)) })];
}

type Bar = Card['bars'][number];

/** Money is rounded up: a cap that is nearly reached never looks far away. */
export function barOf(
  { voice, preferences }: Scene,
  label: string,
  spentUsd: number,
  capUsd: number | undefined,
): Bar {
  const spent = voice.money(spentUsd);
  if (capUsd === undefined) {
    return { label, share: null, text: voice.plain('answers:budget.no_cap', { spent }) };
  }
  const share = capUsd <= 0 ? 1 : Math.min(1, spentUsd / capUsd);
  const text = voice.plain('answers:budget.of', {
    spent,
    cap: voice.money(capUsd),
    percent: voice.percentUp(share),
  });
  return { label, share: preferences.bars ? share : null, text };
}

/** `budget gpu-day 5`: what it was, what it is, who and why. */
export function answerBudgetChanged(
  scene: Scene,
  { scope, usd, reason }: BudgetChange,
  beforeUsd: number | undefined,
): Card {
  const { voice, person } = scene;
  const words = {
    scope: voice.plain(`answers:scope.${scope}`),
    before: beforeUsd === undefined ? voice.plain('answers:budget.none') : voice.money(beforeUsd),
    after: voice.money(usd),
  };
  return aCard({
    title: headline(voice.plain('answers:budget.changed')),
    summary: headline(voice.plain('answers:budget.changed_summary', { ...words, name: person.name })),
    body: [
      voice.t('answers:budget.changed_body', { ...words, who: whoAsked(scene) }),
      ...(reason === null ? [] : [voice.t('answers:budget.changed_reason', { reason })]),
    ],
    actions: button(scene, 'budget', [], { label: voice.plain('common:btn.budget') }),
  });
}
