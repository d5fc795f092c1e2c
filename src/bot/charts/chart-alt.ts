import type { Chart } from '../../domain/chart.ts';
import type { Medal } from '../../domain/medals.ts';
import { metricName } from '../cards/metric-words.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { treeAlt } from './tree-alt.ts';

/** Slack shows no more of it, Discord takes 1,024. */
const longestAlt = 900;
const longestName = 60;

/** Plain: the words that stand for a picture, with its data. */
export function chartAlt(chart: Chart, voice: Voice): string {
  return shorten(altOf(chart, voice), longestAlt);
}

function altOf(chart: Chart, voice: Voice): string {
  switch (chart.kind) {
    case 'scores':
      return scoresAlt(chart, voice);
    case 'costs':
      return costsAlt(chart, voice);
    case 'tree':
      return treeAlt(chart, voice);
    case 'runs':
      return runsAlt(chart, voice);
    case 'curves':
      return curvesAlt(chart, voice);
  }
}

function scoresAlt(chart: Extract<Chart, { kind: 'scores' }>, voice: Voice): string {
  const { plain, score, day, comma } = voice;
  const { slug, metric, direction, points, lines } = chart;
  const [first] = points;
  const last = points.at(-1) ?? first;
  if (first === undefined || last === undefined) return '';
  const values = points.map(({ value }) => value);
  const best = direction === 'maximize' ? Math.max(...values) : Math.min(...values);
  const text = plain('cards:chart.scores', {
    slug,
    metric: metricName(metric),
    better: plain(`common:better.${direction}`),
    count: points.length,
    first: score(first.value),
    from: day(first.at),
    last: score(last.value),
    to: day(last.at),
    best: score(best),
  });
  if (lines.length === 0) return text;
  const list = lines.map(({ label, value }) =>
    plain('cards:chart.line', { label: lineName(label, voice), value: score(value) }),
  );
  return [text, plain('cards:chart.lines', { list: list.join(comma) })].join(voice.gap);
}

const medals = ['gold', 'silver', 'bronze'] as const satisfies readonly Medal[];

function lineName(label: string, { plain }: Voice): string {
  const medal = medals.find((one) => one === label.toLowerCase());
  return medal === undefined ? shorten(label, longestName) : plain(`cards:chart.${medal}`);
}

function costsAlt(chart: Extract<Chart, { kind: 'costs' }>, voice: Voice): string {
  const { plain, money, moment } = voice;
  const { slug, points, capUsd } = chart;
  const last = points.at(-1);
  if (last === undefined) return '';
  const text = plain('cards:chart.costs', { slug, last: money(last.usd), to: moment(last.at) });
  return capUsd === null ? text : [text, plain('cards:chart.cap', { cap: money(capUsd) })].join(voice.gap);
}

function runsAlt(chart: Extract<Chart, { kind: 'runs' }>, voice: Voice): string {
  const { plain, score, comma } = voice;
  const list = chart.runs.map(({ name, cv }) => `${shorten(name, longestName)} ${score(cv)}`);
  const better = plain(`common:better.${chart.direction}`);
  const { slug, metric } = chart;
  return plain('cards:chart.runs', {
    slug,
    metric: metricName(metric),
    better,
    list: list.join(comma),
  });
}

function curvesAlt(chart: Extract<Chart, { kind: 'curves' }>, voice: Voice): string {
  const { plain, score, comma } = voice;
  const list = chart.panels.flatMap(({ measure, curves }) =>
    curves.map(({ name, points }) =>
      plain('cards:chart.curve', {
        name: shorten(name === measure ? measure : `${name} ${measure}`, longestName),
        first: score(points[0]?.[1] ?? null),
        last: score(points.at(-1)?.[1] ?? null),
      }),
    ),
  );
  return plain('cards:chart.curves', { name: shorten(chart.name, longestName), list: list.join(comma) });
}
