import type { ComparableRun } from '../../domain/compare-runs.ts';
import type { CompareResult } from '../../domain/training-views.ts';
import { aCard, type Card, type CardTable } from '../card.ts';
import { slugButton } from '../cards/buttons.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { shorten } from '../shorten.ts';
import { valueText } from './parameters.ts';
import { headline, type Scene } from './scene.ts';

const mostRows = 12;
const mostLinks = 6;
const mostDiffering = 8;
const mostValues = 5;
const longestName = 48;
const megabyte = 1_000_000;

/** `compare`: what each approach reached, in what time and with which parameters. */
export function answerCompare(scene: Scene, result: CompareResult): Card {
  const { voice } = scene;
  const { slug, runs, running, failed, chart } = result;
  const [best] = runs;
  const actions = [...slugButton(scene, 'status', slug), ...slugButton(scene, 'tree', slug)];
  const title = headline(voice.plain('answers:compare.title', { slug }));
  if (best === undefined) {
    const none = voice.plain(running > 0 ? 'answers:compare.none_yet' : 'answers:compare.none', {
      slug,
      running,
    });
    return aCard({ title, summary: headline(none), body: [voice.ink.text(none)], actions });
  }
  const summary = voice.plain('answers:compare.best', {
    count: runs.length,
    approach: shorten(best.approach, longestName),
    cv: voice.score(best.cv),
  });
  return aCard({
    title,
    summary: headline(summary),
    body: [
      voice.ink.bold(voice.ink.text(summary)),
      ...(running + failed === 0 ? [] : [voice.t('answers:compare.others', { running, failed })]),
      ...differingOf(scene, result),
      ...linksOf(scene, result),
    ],
    table: tableOf(scene, slug, runs),
    images: chart === null ? [] : [{ chart, alt: chartAlt(chart, voice) }],
    file: runs.length > mostRows ? { name: `${slug}-runs.csv`, text: csvOf(result) } : null,
    actions,
  });
}

function tableOf({ voice }: Scene, slug: string, runs: readonly ComparableRun[]): CardTable {
  const { plain } = voice;
  return {
    caption: plain('answers:compare.title', { slug }),
    header: [
      plain('answers:compare.approach'),
      'CV',
      plain('answers:compare.folds'),
      plain('answers:compare.time'),
      plain('answers:compare.memory'),
    ],
    rows: runs
      .slice(0, mostRows)
      .map(({ approach, cv, cvSd, folds, seconds, memoryBytes }) => [
        shorten(approach, longestName),
        `${voice.score(cv)} ± ${voice.score(cvSd)}`,
        folds.length === 0 ? '–' : `${voice.score(Math.min(...folds))} … ${voice.score(Math.max(...folds))}`,
        seconds === null ? '–' : voice.duration(seconds * 1_000),
        memoryBytes === null ? '–' : `${Math.round(memoryBytes / megabyte)} MB`,
      ]),
    align: ['left', 'right', 'right', 'right', 'right'],
  };
}

/** Each value with the best run that has it. */
function differingOf({ voice }: Scene, { runs, differing }: CompareResult): string[] {
  if (differing.length === 0) return [];
  const lines = differing.slice(0, mostDiffering).map(({ name, values }) => {
    const named = values.flatMap((value, index) => {
      const run = runs[index];
      return value === undefined || run === undefined ? [] : [{ value, approach: run.approach }];
    });
    const each = [...Map.groupBy(named, ({ value }) => value)]
      .slice(0, mostValues)
      .map(([value, [best, ...others]]) =>
        voice.plain(others.length === 0 ? 'answers:compare.value' : 'answers:compare.values', {
          value: valueText(value),
          approach: shorten(best?.approach ?? '', longestName),
          count: others.length,
        }),
      );
    return voice.ink.text(`${name}: ${each.join(voice.comma)}`);
  });
  return [[voice.t('answers:compare.differ'), ...lines].join('\n')];
}

/** Where the runs can be looked at in full. */
function linksOf({ voice }: Scene, { runs, tracking }: CompareResult): string[] {
  if (tracking === 'off') return [];
  const links = runs
    .filter((run) => run.url !== null && /^https?:\/\/[^\s<>|]+$/.test(run.url))
    .slice(0, mostLinks)
    .map(({ approach, url, trackedState }) => {
      const isAsExpected = trackedState === null || trackedState === 'finished';
      const state = isAsExpected ? '' : ` (${shorten(trackedState, longestName)})`;
      return `${voice.ink.link(shorten(approach, longestName), url ?? '')}${voice.ink.text(state)}`;
    });
  const away = tracking === 'on' ? [] : [voice.t(`answers:compare.${tracking}`)];
  return links.length === 0
    ? away
    : [voice.t('answers:compare.links', { links: links.join(voice.comma) }), ...away];
}

/** All of it, for a table program; no cell of it can be taken for a formula. */
function csvOf({ runs, differing }: CompareResult): string {
  const header = ['approach', 'operator', 'round', 'cv', 'cv_sd', 'seconds', 'memory_bytes', 'cost_usd'];
  const rows = runs.map((run, index) => [
    ...[run.approach, run.operator, run.round, run.cv, run.cvSd, run.seconds, run.memoryBytes, run.costUsd],
    ...differing.map(({ values }) => values[index] ?? ''),
  ]);
  const cell = (value: unknown): string => {
    const text = String(value ?? '');
    const safe = typeof value === 'string' && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [[...header, ...differing.map(({ name }) => name)], ...rows];
  return `${lines.map((line) => line.map(cell).join(',')).join('\n')}\n`;
}
