import type { Chart } from '../../domain/chart.ts';
import type { Medal } from '../../domain/medals.ts';
import { metricName } from '../cards/metric-words.ts';
import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';

/** Slack shows no more of it, Discord takes 1,024. */
const longestAlt = 900;
const longestName = 60;

/** Plain: the words that stand for a picture, with its data. */
export function chartAlt(chart: Chart, voice: Voice): string {
  const text = chart.kind === 'scores' ? scoresAlt(chart, voice) : costsAlt(chart, voice);
  return shorten(text, longestAlt);
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
