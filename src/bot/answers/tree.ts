import { type Chart, mostTreeNodes } from '../../domain/chart.ts';
import type { NodeView, TreeView } from '../../domain/search-views.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { menu, slugButton } from '../cards/buttons.ts';
import { metricName } from '../cards/metric-words.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { shorten } from '../shorten.ts';
import { chosenNodes } from './chosen-nodes.ts';
import { headline, type Scene, typed } from './scene.ts';
import { treeLines } from './tree-lines.ts';

const mostInMenu = 25;
const mostInList = 5;
const longestName = 60;

/** `tree`: the tree of solutions as a picture, and in words; each node is one press away. */
export function answerTree(scene: Scene, view: TreeView): Card {
  const { voice } = scene;
  const { slug, nodes } = view;
  const actions = [...slugButton(scene, 'status', slug), ...slugButton(scene, 'research', slug)];
  if (nodes.length === 0) {
    const none = voice.plain('answers:tree.none', { slug });
    return aCard({
      title: headline(voice.plain('answers:tree.title', { slug })),
      summary: headline(none),
      body: [voice.ink.text(none)],
      actions,
    });
  }
  const chart = treeChart(view);
  const isConsole = scene.platform === 'console';
  return aCard({
    title: headline(voice.plain('answers:tree.title', { slug })),
    summary: headline([`${slug}: ${countsOf(scene, view)}`, ...bestOf(scene, view)].join(voice.comma)),
    body: [
      [voice.ink.bold(voice.ink.text(countsOf(scene, view))), ...statesOf(scene, view)].join(' · '),
      ...bestOf(scene, view).map((words) => voice.ink.text(words)),
      ...(view.closedBranches === 0 ? [] : [voice.t('answers:tree.closed', { count: view.closedBranches })]),
      ...costOf(scene, view),
      ...(isConsole ? [] : listOf(scene, nodes)),
      voice.t('answers:tree.one', { command: typed(scene, `node ${slug} ${nodes.at(-1)?.number ?? 1}`) }),
    ],
    // who reads no pictures reads the list
    pre: isConsole ? treeLines(scene, nodes).join('\n') : null,
    images: isConsole || chart === null ? [] : [{ chart, alt: chartAlt(chart, voice) }],
    actions: [...(isConsole ? [] : nodeMenu(scene, view)), ...actions],
  });
}

/** Plain: `12 nodes in 3 branches`. */
function countsOf({ voice }: Scene, { nodes, branches }: TreeView): string {
  return [
    voice.plain('answers:tree.nodes', { count: nodes.length }),
    voice.plain('answers:tree.branches', { count: branches }),
  ].join(voice.comma);
}

function statesOf({ voice }: Scene, { nodes, round, maxRounds }: TreeView): string[] {
  const count = (wanted: NodeView['status']) => nodes.filter(({ status }) => status === wanted).length;
  return [
    ...(['scored', 'failed', 'open'] as const).flatMap((status) => {
      const many = count(status);
      return many === 0 ? [] : [voice.t(`answers:tree.${status}`, { count: many })];
    }),
    voice.t('answers:tree.round', { round, rounds: maxRounds }),
  ];
}

/** Plain. */
function bestOf({ voice }: Scene, { nodes, metric }: TreeView): string[] {
  const best = nodes.find(({ isBest }) => isBest);
  if (best === undefined) return [];
  return [
    voice.plain('answers:tree.best', {
      number: best.number,
      name: shorten(best.name, longestName),
      operator: voice.plain(`cards:operator.${best.operator}`),
      score: voice.score(best.cv),
      metric: metric === null ? '' : metricName(metric.name),
    }),
  ];
}

function costOf({ voice }: Scene, { gpuUsd, modelUsd }: TreeView): string[] {
  if (gpuUsd + modelUsd <= 0) return [];
  return [voice.t('answers:tree.cost', { gpu: voice.money(gpuUsd), models: voice.money(modelUsd) })];
}

/** The others that matter in words, for who looks at no picture; the best is named already. */
function listOf({ voice }: Scene, nodes: readonly NodeView[]): string[] {
  const lines = chosenNodes(nodes)
    .filter(({ status, isBest }) => status === 'scored' && !isBest)
    .slice(0, mostInList)
    .map((node) => voice.ink.text(nodeLabel(voice, node)));
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** Plain: `12 boosting-counts · improve · 0.79453`. */
export function nodeLabel(voice: Scene['voice'], { number, name, operator, status, cv }: NodeView): string {
  return [
    `${number} ${shorten(name, longestName)}`,
    voice.plain(`cards:operator.${operator}`),
    status === 'scored' ? voice.score(cv) : voice.plain(`answers:node.is.${status}`),
  ].join(' · ');
}

function nodeMenu(scene: Scene, { slug, nodes }: TreeView): CardAction[] {
  return menu(
    scene,
    scene.voice.plain('answers:tree.choose'),
    chosenNodes(nodes)
      .slice(0, mostInMenu)
      .map((node) => ({
        label: nodeLabel(scene.voice, node),
        name: 'node' as const,
        args: [slug, String(node.number)],
      })),
  );
}

/** The picture; of very many nodes those that matter, with what they were made from. */
function treeChart({ slug, metric, nodes }: TreeView): Chart | null {
  if (metric === null) return null;
  const kept = new Set(chosenNodes(nodes, mostTreeNodes).map(({ number }) => number));
  const shown = nodes.filter(({ number }) => kept.has(number));
  return {
    kind: 'tree',
    slug,
    metric: metric.name,
    direction: metric.direction,
    nodes: shown.map(({ number, name, round, operator, parents, status, cv, isBest, isSubmitted }) => ({
      ...{ number, name, round, operator, status, cv, isBest, isSubmitted },
      parents: parents.filter((parent) => kept.has(parent)),
    })),
    hidden: nodes.length - shown.length,
  };
}
