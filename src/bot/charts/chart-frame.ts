import type { EChartsOption, GraphicComponentOption } from 'echarts';
import { init } from 'echarts/dist/echarts.esm.min';
import type { Ticks } from './chart-ticks.ts';
import { tickText } from './chart-ticks.ts';

const widthPx = 1200;
export const heightPx = 600;
export const font = 'DejaVu Sans';

/** Told apart by people with any colour vision. Source: Okabe and Ito, "Color Universal Design". */
export const palette = {
  blue: '#0072B2',
  orange: '#E69F00',
  ink: '#1F2328',
  quiet: '#57606A',
  grid: '#E6E9ED',
  frame: '#D0D7DE',
  paper: '#FFFFFF',
} as const;

/** A light border of its own, so that the picture stands on dark backgrounds too. */
const borderPx = 8;
const marginPx = 44;
export const smallPx = 22;
const subtitlePx = 24;
const titlePx = 30;
/** DejaVu Sans at its widest common letters, per pixel of size: texts are never wider than told. */
const letterWidth = 0.64;
const boldLetterWidth = 0.7;

type GraphicComponentTextOption = Extract<GraphicComponentOption, { type?: 'text' }>;

export type Plot = { left: number; right: number; top: number; bottom: number };

export function textWidth(text: string, sizePx: number, isBold = false): number {
  return [...text].length * sizePx * (isBold ? boldLetterWidth : letterWidth);
}

/** Cut in the middle: the ends of names tell them apart. */
export function cutMiddle(text: string, longest: number): string {
  const letters = [...text];
  if (letters.length <= longest) return text;
  const head = Math.ceil((longest - 1) / 2);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (longest - 1 - head)).join('')}`;
}

/** Where the curve goes: beside the numbers of the axis and what is written at the right edge. */
export function plotOf(axis: Ticks, edgeLabels: readonly string[]): Plot {
  const widestTick = Math.max(
    textWidth(tickText(axis.min, axis), smallPx),
    textWidth(tickText(axis.max, axis), smallPx),
  );
  const widestLabel = Math.max(0, ...edgeLabels.map((label) => textWidth(label, smallPx)));
  return {
    left: marginPx + widestTick + 12,
    right: widthPx - marginPx - (widestLabel === 0 ? 0 : widestLabel + 14),
    top: 152,
    bottom: heightPx - 96,
  };
}

/** XML has no place for control characters and halves of characters. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, ' ');
}

export function textAt(
  text: string,
  at: { x: number; y: number; align?: 'left' | 'right' | 'center' },
  look: { sizePx: number; fill: string; isBold?: boolean },
): GraphicComponentTextOption {
  return {
    type: 'text',
    style: {
      text: printable(text),
      x: at.x,
      y: at.y,
      align: at.align ?? 'left',
      verticalAlign: 'middle',
      fill: look.fill,
      fontFamily: font,
      fontSize: look.sizePx,
      fontWeight: look.isBold === true ? 'bold' : 'normal',
    },
  };
}

/** The frame, what it shows, and what the numbers did from start to end. */
export function heading(title: string, subtitle: string, values: string): GraphicComponentOption[] {
  const room = widthPx - 2 * marginPx - textWidth(values, titlePx, true) - 40;
  const longest = Math.max(8, Math.floor(room / (titlePx * boldLetterWidth)));
  return [
    {
      type: 'rect',
      z: -1,
      shape: {
        x: borderPx / 2,
        y: borderPx / 2,
        width: widthPx - borderPx,
        height: heightPx - borderPx,
        r: 6,
      },
      style: { fill: palette.paper, stroke: palette.frame, lineWidth: borderPx },
    },
    textAt(
      cutMiddle(title, longest),
      { x: marginPx, y: 50 },
      { sizePx: titlePx, fill: palette.ink, isBold: true },
    ),
    textAt(
      values,
      { x: widthPx - marginPx, y: 50, align: 'right' },
      { sizePx: titlePx, fill: palette.ink, isBold: true },
    ),
    textAt(
      cutMiddle(subtitle, Math.floor((widthPx - 2 * marginPx) / (subtitlePx * letterWidth))),
      { x: marginPx, y: 94 },
      { sizePx: subtitlePx, fill: palette.quiet },
    ),
  ];
}

/** Axes without decoration, with numbers at round places. */
export function axes(
  x: Ticks & { name: string; text: (value: number) => string },
  y: Ticks & { text: (value: number) => string },
): Pick<EChartsOption, 'xAxis' | 'yAxis'> {
  const label = { fontSize: smallPx, fontFamily: font, color: palette.quiet, margin: 12 };
  return {
    xAxis: {
      type: 'value',
      min: x.min,
      max: x.max,
      interval: x.step,
      name: x.name,
      nameLocation: 'middle',
      nameGap: 48,
      nameTextStyle: { fontSize: smallPx, fontFamily: font, color: palette.quiet },
      axisLabel: { ...label, formatter: (value: number) => x.text(value), hideOverlap: true },
      axisLine: { onZero: false, lineStyle: { color: palette.quiet, width: 2 } },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: y.min,
      max: y.max,
      interval: y.step,
      axisLabel: { ...label, formatter: (value: number) => y.text(value) },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: palette.grid, width: 2 } },
    },
  };
}

/** The picture as SVG. */
export function drawSvg(plot: Plot, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widthPx, height: heightPx });
  try {
    chart.setOption({
      animation: false,
      grid: {
        left: plot.left,
        right: widthPx - plot.right,
        top: plot.top,
        bottom: heightPx - plot.bottom,
        containLabel: false,
      },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
