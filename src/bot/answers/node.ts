import type { Chart } from '../../domain/chart.ts';
import type { NodeDetail, NodeResult } from '../../domain/node-detail.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { ownWords } from '../cards/own-words.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { shorten } from '../shorten.ts';
import { gateLines, gateOutput } from './gate-words.ts';
import { nodeFacts } from './node-facts.ts';
import { headline, type Scene, typed } from './scene.ts';

const longestName = 60;
const longestSentence = 400;
const mostFeatures = 12;
const mostAblations = 5;
const mostRelatives = 3;

/** `node`: everything about one node of the tree, or which could be meant. */
export function answerNode(scene: Scene, result: NodeResult): Card {
  return result.found ? known(scene, result.detail) : unknown(scene, result);
}

function known(scene: Scene, detail: NodeDetail): Card {
  const { voice } = scene;
  const { slug, node, gate } = detail;
  const name = shorten(node.name, longestName);
  return aCard({
    title: headline(voice.plain('answers:node.title', { slug, number: node.number, name })),
    summary: headline(`${slug} ${node.number} ${name}: ${standing(scene, detail)}`),
    tone: node.status === 'failed' ? 'attention' : 'idle',
    body: [
      `${voice.ink.bold(voice.ink.text(standing(scene, detail)))}\n${voice.ink.text(originOf(scene, detail))}`,
      ...planOf(scene, detail),
      ...failureOf(scene, detail),
      ...examinedOf(scene, detail),
      ...(gate === null ? [] : gateLines(scene, gate)),
      ...ablationsOf(scene, detail),
      ...filesOf(scene, detail),
    ],
    facts: nodeFacts(scene, detail),
    pre: gate === null ? null : gateOutput(gate),
    images: curvesOf(scene, detail),
    actions: [...relatives(scene, detail), ...slugButton(scene, 'tree', slug)],
  });
}

/** Its learning curves, wherever else its metrics are kept. */
function curvesOf({ voice }: Scene, { slug, node: { name }, run: { curves } }: NodeDetail): Card['images'] {
  if (curves.length === 0) return [];
  const chart: Chart = { kind: 'curves', slug, name, panels: [...curves] };
  return [{ chart, alt: chartAlt(chart, voice) }];
}

/** Plain: how it stands, with its score. */
function standing({ voice }: Scene, { node }: NodeDetail): string {
  if (node.status !== 'scored') return voice.plain(`answers:node.stage.${node.stage}`);
  const change = node.gain === null ? '' : ` ${voice.change(0, node.gain)}`.trimEnd();
  const score = `CV ${voice.score(node.cv)}${change}`;
  return node.isBest ? `${score} · ${voice.plain('answers:tree.is_best')}` : score;
}

/** Plain: `improve of 3 forest-deep, round 4`. */
function originOf({ voice }: Scene, { node, parents }: NodeDetail): string {
  const operator = voice.plain(`cards:operator.${node.operator}`);
  const names = parents.map(({ number, name }) => `${number} ${shorten(name, longestName)}`);
  const made =
    names.length === 0
      ? operator
      : voice.plain('answers:node.made_from', { operator, names: names.join(' + ') });
  return [made, voice.plain('answers:tree.in_round', { round: node.round }), node.family].join(' · ');
}

function planOf({ voice }: Scene, { node, plan }: NodeDetail): string[] {
  const { ink, plain } = voice;
  const features = plan.features.slice(0, mostFeatures);
  const models = [...new Set(plan.models.map(({ kind }) => kind))];
  return [
    [
      ink.bold(ink.text(shorten(node.title, longestSentence))),
      ...(plan.rationale === '' ? [] : [ink.text(ownWords(voice, shorten(plan.rationale, longestSentence)))]),
    ].join('\n'),
    [
      ...(models.length === 0 ? [] : [ink.text(plain('answers:node.models', { list: models.join(', ') }))]),
      ...(features.length === 0
        ? []
        : [ink.text(plain('answers:node.features', { list: features.join(', ') }))]),
    ].join('\n'),
  ].filter((part) => part !== '');
}

function failureOf({ voice }: Scene, { node }: NodeDetail): string[] {
  if (node.status !== 'failed') return [];
  const where = voice.plain(`answers:node.failed_at.${node.failedAt ?? 'run'}`);
  const check = node.failedCheck === null ? '' : ` (${node.failedCheck})`;
  const [sentence = ''] = (node.error ?? '').split('\n');
  const words = ownWords(voice, shorten(sentence, longestSentence));
  return [[voice.ink.bold(voice.ink.text(`${where}${check}`)), voice.ink.text(words)].join('\n')];
}

function examinedOf({ voice }: Scene, { run: { examined } }: NodeDetail): string[] {
  if (examined === null) return [];
  const words = shorten(`${examined.reason} ${examined.detail}`, longestSentence);
  return [
    [
      voice.ink.bold(
        voice.t(`answers:node.examined.${examined.outcome === 'counts' ? 'counts' : 'undecided'}`),
      ),
      voice.ink.text(ownWords(voice, words)),
    ].join('\n'),
  ];
}

function ablationsOf({ voice }: Scene, { ablations }: NodeDetail): string[] {
  if (ablations === null || ablations.length === 0) return [];
  const list = ablations
    .slice(0, mostAblations)
    .map(({ part, loss }) => `${shorten(part, longestName)} ${loss < 0 ? '' : '+'}${voice.score(loss)}`);
  return [voice.t('answers:node.ablations', { list: list.join(', ') })];
}

function filesOf({ voice }: Scene, { files, run }: NodeDetail): string[] {
  const links = files.map(({ name, url }) =>
    url === null ? voice.ink.text(name) : voice.ink.link(name, url),
  );
  const tracked =
    run.trackingUrl === null ? [] : [voice.ink.link(voice.plain('answers:node.tracking'), run.trackingUrl)];
  const all = [...links, ...tracked];
  return all.length === 0 ? [] : [voice.t('answers:node.files', { list: all.join(', ') })];
}

/** What it was made from, and what was made from it. */
function relatives(scene: Scene, { slug, parents, children }: NodeDetail): CardAction[] {
  const { plain } = scene.voice;
  const to = (key: 'answers:btn.parent' | 'answers:btn.child', number: number, name: string) =>
    button(scene, 'node', [slug, String(number)], {
      label: plain(key, { number }),
      hint: plain('answers:hint.node', { number, name: shorten(name, longestName) }),
    });
  return [
    ...parents.slice(0, 2).flatMap(({ number, name }) => to('answers:btn.parent', number, name)),
    ...children
      .slice(0, mostRelatives - Math.min(2, parents.length))
      .flatMap(({ number, name }) => to('answers:btn.child', number, name)),
  ];
}

function unknown(scene: Scene, { slug, typed: word, nodes }: Extract<NodeResult, { found: false }>): Card {
  const { voice } = scene;
  const sentence =
    nodes.length === 0
      ? voice.plain('answers:tree.none', { slug })
      : voice.plain('answers:node.unknown', { slug, typed: shorten(word, longestName) });
  return aCard({
    title: headline(voice.plain('answers:node.which')),
    summary: headline(sentence),
    tone: 'attention',
    body: [
      voice.ink.text(sentence),
      ...(nodes.length === 0
        ? []
        : [voice.t('answers:node.how', { command: typed(scene, `node ${slug} ${nodes[0]?.number ?? 1}`) })]),
    ],
    actions: [
      ...nodes.flatMap(({ number, name }) =>
        button(scene, 'node', [slug, String(number)], {
          label: `${number} ${shorten(name, longestName)}`,
        }),
      ),
      ...slugButton(scene, 'tree', slug),
    ].slice(0, 5),
  });
}
