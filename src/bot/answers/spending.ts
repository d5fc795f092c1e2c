import type { BudgetResult } from '../../domain/command-results.ts';
import type { ModelSpending, SpendingLine } from '../../domain/model-spending.ts';
import type { CardTable } from '../card.ts';
import { shorten } from '../shorten.ts';
import type { Scene } from './scene.ts';

const mostRows = 10;
const longestName = 60;

type Words = Pick<Scene, 'voice'>;

/** Markup: what language models cost, how much of their prompts the vendor's cache gave, and where it went. */
export function spendingLines(scene: Words, { models, competitions = [] }: BudgetResult): string[] {
  return [
    ...(models == null ? [] : [totalLine(scene, models), ...modelLine(scene, models)]),
    ...competitionLines(scene, competitions),
  ];
}

function totalLine({ voice }: Words, models: ModelSpending): string {
  const total = voice.plain('answers:spending.total', {
    usd: voice.money(models.usd),
    count: models.calls,
  });
  return [voice.ink.bold(voice.ink.text(total)), ...cacheOf(voice, models)].join(' · ');
}

function cacheOf(voice: Scene['voice'], { cacheShare, searches }: ModelSpending): string[] {
  return [
    ...(cacheShare === null
      ? []
      : [voice.t('answers:spending.cache', { percent: voice.percent(cacheShare) })]),
    ...(searches === 0 ? [] : [voice.t('answers:spending.searches', { count: searches })]),
  ];
}

/** Which models; one alone is worth no list. */
function modelLine({ voice }: Words, { byModels }: ModelSpending): string[] {
  if (byModels.length < 2) return [];
  const list = byModels
    .slice(0, mostRows)
    .map(({ name, usd }) => `${shorten(name, longestName)} ${voice.money(usd)}`);
  return [voice.t('answers:spending.models', { list: list.join(voice.comma) })];
}

function competitionLines(
  { voice }: Words,
  competitions: NonNullable<BudgetResult['competitions']>,
): string[] {
  const lines = competitions
    .filter(({ gpuUsd, modelUsd }) => gpuUsd + modelUsd > 0)
    .map(({ slug, gpuUsd, modelUsd }) =>
      voice.t('answers:spending.competition', {
        slug,
        usd: voice.money(gpuUsd + modelUsd),
        gpu: voice.money(gpuUsd),
        models: voice.money(modelUsd),
      }),
    );
  return lines.length === 0 ? [] : [lines.join('\n')];
}

const steps = ['research', 'distil', 'plan', 'code', 'debug', 'review', 'summarise'] as const;

/** Plain: what a model was asked for. */
function stepName({ plain }: Scene['voice'], name: string): string {
  const known = steps.find((one) => one === name);
  return known === undefined ? shorten(name, longestName) : plain(`answers:spending.step_of.${known}`);
}

/** What each step cost, dearest first; null where no model was asked. */
export function stepTable({ voice }: Words, models: ModelSpending | null | undefined): CardTable | null {
  if (models == null || models.bySteps.length === 0) return null;
  const cell = (one: SpendingLine) => [
    stepName(voice, one.name),
    voice.number(one.calls),
    one.cacheShare === null ? '–' : voice.percent(one.cacheShare),
    voice.money(one.usd),
  ];
  return {
    caption: voice.plain('answers:spending.steps'),
    header: [
      voice.plain('answers:spending.step'),
      voice.plain('answers:spending.calls'),
      voice.plain('answers:spending.from_cache'),
      voice.plain('answers:spending.cost'),
    ],
    align: ['left', 'right', 'right', 'right'],
    rows: models.bySteps.slice(0, mostRows).map(cell),
  };
}
