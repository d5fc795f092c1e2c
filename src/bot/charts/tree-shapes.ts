import type { GraphicComponentOption } from 'echarts';
import { palette } from './chart-frame.ts';
import type { TreeChartNode } from './tree-layout.ts';

export type Point = { x: number; y: number };

/** Beside the shapes, which say the same. Source: Okabe and Ito, "Color Universal Design". */
export const treeColours = { failed: '#D55E00', line: '#B6BEC8', band: '#F5F7F9' } as const;

/** What mends a failed one is smaller. */
const smallShare = 0.72;

type Shaped = Pick<TreeChartNode, 'status' | 'isBest' | 'operator'>;

/** A diamond for the best, a dot for a score, a cross for what failed, a ring for what is not done yet. */
export function nodeShape(node: Shaped, { x, y }: Point): GraphicComponentOption[] {
  const size = node.operator === 'debug' ? smallShare : 1;
  if (node.isBest) return [diamond({ x, y }, 14 * size)];
  if (node.status === 'failed') return cross({ x, y }, 8 * size);
  const isOpen = node.status === 'open';
  return [
    {
      type: 'circle',
      z: 2,
      shape: { cx: x, cy: y, r: 10 * size },
      style: {
        fill: isOpen ? palette.paper : palette.blue,
        stroke: isOpen ? palette.quiet : palette.paper,
        lineWidth: isOpen ? 4 * size : 2,
      },
    },
  ];
}

function diamond({ x, y }: Point, reach: number): GraphicComponentOption {
  return {
    type: 'polygon',
    z: 3,
    shape: {
      points: [
        [x, y - reach],
        [x + reach, y],
        [x, y + reach],
        [x - reach, y],
      ],
    },
    style: { fill: palette.orange, stroke: palette.ink, lineWidth: 2 },
  };
}

/** On paper of its own, so that it stands out from the line behind it. */
function cross({ x, y }: Point, reach: number): GraphicComponentOption[] {
  const stroke = { stroke: treeColours.failed, lineWidth: reach * 0.6, lineCap: 'round' as const };
  const line = (dy: number): GraphicComponentOption => ({
    type: 'line',
    z: 3,
    shape: { x1: x - reach, y1: y - dy, x2: x + reach, y2: y + dy },
    style: stroke,
  });
  return [
    { type: 'circle', z: 2, shape: { cx: x, cy: y, r: reach * 1.5 }, style: { fill: palette.paper } },
    line(reach),
    line(-reach),
  ];
}
