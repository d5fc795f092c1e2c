import type { GraphicComponentOption } from 'echarts';
import { init } from 'echarts/dist/echarts.esm.min';
import type { Chart } from '../../domain/chart.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import { cutMiddle, palette, textAt, textWidth } from './chart-frame.ts';
import { layOutTree, type PlacedNode, type TreeEdge, type TreeLayout } from './tree-layout.ts';
import { nodeShape, type Point, treeColours } from './tree-shapes.ts';

type Tree = Extract<Chart, { kind: 'tree' }>;

/** Narrow and tall: on a phone the picture is as wide as the screen, and its letters stay readable. */
const widthPx = 900;
const borderPx = 8;
const marginPx = 36;
const headerPx = 132;
const footerPx = 62;
const rowPx = 46;
/** What mends a failed one is a detail of it. */
const debugRowPx = 36;
const namePx = 26;
const debugNamePx = 21;
const smallPx = 21;
const roundPx = 62;
const widestLanePx = 34;
const lanesPx = 204;
const numberPx = 46;
const operatorPx = 104;
const scorePx = 136;
const sentPx = 26;
/** Names are lower case, with hyphens: narrower than the widest letters. */
const nameLetter = 0.6;
const boldNameLetter = 0.67;

/** Where rows and lanes are, in pixels. */
type Places = { y(row: number): number; x(lane: number): number; namesAt: number; bottom: number };

/** The tree of solutions: a row for each node, with its operator and its score, and lines from what it was made from. */
export function treeSvg(tree: Tree): string {
  const layout = layOutTree(tree.nodes);
  const places = placesOf(layout);
  const height = places.bottom + footerPx;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widthPx, height });
  try {
    chart.setOption({
      animation: false,
      graphic: [
        frame(height),
        ...heading(tree),
        ...roundBands(layout, places),
        ...layout.edges.flatMap((edge) => lineOf(edge, places)),
        ...layout.placed.flatMap((one) => rowOf(one, places)),
        ...legend(places.bottom + footerPx / 2 - borderPx / 2),
      ],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function placesOf({ placed, lanes }: TreeLayout): Places {
  const tops: number[] = [];
  let bottom = headerPx;
  for (const { node } of placed) {
    const own = heightOf(node.operator);
    tops.push(bottom + own / 2);
    bottom += own;
  }
  const lanePx = Math.min(widestLanePx, lanesPx / lanes);
  const first = marginPx + roundPx + widestLanePx / 2;
  return {
    y: (row) => tops[row] ?? headerPx,
    x: (lane) => first + lane * lanePx,
    namesAt: first + (lanes - 1) * lanePx + widestLanePx / 2 + numberPx,
    bottom,
  };
}

function heightOf(operator: PlacedNode['node']['operator']): number {
  return operator === 'debug' ? debugRowPx : rowPx;
}

function frame(height: number): GraphicComponentOption {
  const half = borderPx / 2;
  return {
    type: 'rect',
    z: -2,
    shape: { x: half, y: half, width: widthPx - borderPx, height: height - borderPx, r: 6 },
    style: { fill: palette.paper, stroke: palette.frame, lineWidth: borderPx },
  };
}

function heading({ slug, metric, direction, nodes, hidden }: Tree): GraphicComponentOption[] {
  const best = nodes.find(({ isBest }) => isBest);
  const value = best?.cv == null ? '' : `best ${formatScore(best.cv)}`;
  const room = widthPx - 2 * marginPx - textWidth(value, 30, true) - 30;
  const count = nodes.length + hidden;
  const words = [
    `${count} ${count === 1 ? 'node' : 'nodes'}${hidden === 0 ? '' : `, ${nodes.length} shown`}`,
    `CV ${metric.replaceAll('_', ' ')}, ${direction === 'maximize' ? 'higher' : 'lower'} is better`,
  ];
  return [
    textAt(
      cutMiddle(slug, Math.max(8, Math.floor(room / textWidth('m', 30, true)))),
      { x: marginPx, y: 50 },
      { sizePx: 30, fill: palette.ink, isBold: true },
    ),
    textAt(
      value,
      { x: widthPx - marginPx, y: 50, align: 'right' },
      { sizePx: 30, fill: palette.ink, isBold: true },
    ),
    textAt(
      cutMiddle(words.join(' · '), Math.floor((widthPx - 2 * marginPx) / textWidth('m', 22))),
      { x: marginPx, y: 92 },
      { sizePx: 22, fill: palette.quiet },
    ),
  ];
}

/** Every second round stands on grey, each with its number beside its first row. */
function roundBands({ placed }: TreeLayout, places: Places): GraphicComponentOption[] {
  const rounds = Map.groupBy(placed, ({ node }) => node.round);
  return [...rounds].flatMap(([round, ofRound], index) => {
    const [first] = ofRound;
    const last = ofRound.at(-1);
    if (first === undefined || last === undefined) return [];
    const top = places.y(first.row) - heightOf(first.node.operator) / 2;
    const bottom = places.y(last.row) + heightOf(last.node.operator) / 2;
    const band: GraphicComponentOption = {
      type: 'rect',
      z: -1,
      shape: { x: borderPx, y: top, width: widthPx - 2 * borderPx, height: bottom - top },
      style: { fill: index % 2 === 0 ? treeColours.band : palette.paper },
    };
    const label = textAt(
      `R${round}`,
      { x: marginPx, y: places.y(first.row) },
      { sizePx: smallPx, fill: palette.quiet, isBold: true },
    );
    return [band, label];
  });
}

/** Down in the parent's lane, then over to the child. */
function lineOf({ from, to }: TreeEdge, places: Places): GraphicComponentOption[] {
  const start: Point = { x: places.x(from.lane), y: places.y(from.row) };
  const end: Point = { x: places.x(to.lane), y: places.y(to.row) };
  const bend = from.lane === to.lane ? end.y : Math.max(start.y, end.y - rowPx * 0.9);
  const style = { stroke: treeColours.line, lineWidth: 4, fill: 'none' };
  const down: GraphicComponentOption = {
    type: 'line',
    z: 0,
    shape: { x1: start.x, y1: start.y, x2: start.x, y2: bend },
    style,
  };
  if (from.lane === to.lane) return [down];
  const over: GraphicComponentOption = {
    type: 'bezierCurve',
    z: 0,
    shape: {
      x1: start.x,
      y1: bend,
      cpx1: start.x,
      cpy1: end.y,
      cpx2: start.x,
      cpy2: end.y,
      x2: end.x,
      y2: end.y,
    },
    style,
  };
  return [down, over];
}

function rowOf({ node, row, lane }: PlacedNode, places: Places): GraphicComponentOption[] {
  const y = places.y(row);
  const isDebug = node.operator === 'debug';
  const sizePx = isDebug ? debugNamePx : namePx;
  const fill = isDebug || node.status === 'failed' ? palette.quiet : palette.ink;
  const sentAt = widthPx - marginPx;
  const scoreAt = sentAt - sentPx;
  const operatorAt = scoreAt - scorePx - operatorPx;
  const letterPx = sizePx * (node.isBest ? boldNameLetter : nameLetter);
  const longest = Math.floor((operatorAt - 12 - places.namesAt) / letterPx);
  const small = { sizePx: smallPx, fill: palette.quiet };
  return [
    ...nodeShape(node, { x: places.x(lane), y }),
    textAt(String(node.number), { x: places.namesAt - 8, y, align: 'right' }, small),
    textAt(
      cutMiddle(node.name, Math.max(4, longest)),
      { x: places.namesAt, y },
      { sizePx, fill, isBold: node.isBest },
    ),
    textAt(node.operator, { x: operatorAt, y }, small),
    textAt(scoreText(node), { x: scoreAt, y, align: 'right' }, scoreLook(node, sizePx)),
    ...(node.isSubmitted
      ? [textAt('↑', { x: sentAt, y, align: 'right' }, { ...small, fill: palette.ink })]
      : []),
  ];
}

function scoreText({ status, cv }: PlacedNode['node']): string {
  if (status === 'failed') return 'failed';
  return cv === null ? 'open' : formatScore(cv);
}

function scoreLook({ status, isBest }: PlacedNode['node'], sizePx: number) {
  if (status === 'failed') return { sizePx: smallPx, fill: treeColours.failed };
  if (status === 'open') return { sizePx: smallPx, fill: palette.quiet };
  return { sizePx, fill: palette.ink, isBold: isBest };
}

/** What the shapes mean. */
function legend(y: number): GraphicComponentOption[] {
  const entries = [
    { text: 'best', node: { status: 'scored', isBest: true } },
    { text: 'scored', node: { status: 'scored', isBest: false } },
    { text: 'failed', node: { status: 'failed', isBest: false } },
    { text: 'open', node: { status: 'open', isBest: false } },
  ] as const;
  let x = marginPx + 14;
  const shapes = entries.flatMap(({ text, node }) => {
    const at = x;
    x += 24 + textWidth(text, smallPx) + 30;
    return [
      ...nodeShape({ ...node, operator: 'draft' }, { x: at, y }),
      textAt(text, { x: at + 24, y }, { sizePx: smallPx, fill: palette.quiet }),
    ];
  });
  return [...shapes, textAt('↑ submitted', { x, y }, { sizePx: smallPx, fill: palette.quiet })];
}
