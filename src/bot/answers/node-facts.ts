import type { NodeDetail } from '../../domain/node-detail.ts';
import type { Card } from '../card.ts';
import { metricName } from '../cards/metric-words.ts';
import { serviceName } from '../cards/service-name.ts';
import type { Scene } from './scene.ts';

const mostFolds = 10;
const mebibyte = 1024 * 1024;

type Facts = Card['facts'];

/** A node's numbers; those that are not known are left out. */
export function nodeFacts(scene: Scene, detail: NodeDetail): Facts {
  return [...scoreFacts(scene, detail), ...costFacts(scene, detail)];
}

function scoreFacts({ voice }: Scene, { node, run, metric }: NodeDetail): Facts {
  const { plain, ink } = voice;
  if (node.cv === null) return [];
  const se = node.se === null ? '' : ` ± ${voice.score(node.se)}`;
  return [
    {
      label: metric === null ? plain('answers:node.score') : `CV ${metricName(metric.name)}`,
      value: ink.text(`${voice.score(node.cv)}${se}`),
    },
    ...(run.folds.length < 2
      ? []
      : [
          {
            label: plain('answers:node.folds'),
            value: ink.text(
              run.folds
                .slice(0, mostFolds)
                .map((score) => voice.score(score))
                .join(' '),
            ),
          },
        ]),
    ...(run.confirmations === 0
      ? []
      : [
          {
            label: plain('answers:node.confirmed'),
            value: voice.t('answers:node.times', { count: run.confirmations }),
          },
        ]),
  ];
}

function costFacts({ voice }: Scene, { node, run, generator, plan, gate }: NodeDetail): Facts {
  const { plain, ink } = voice;
  const fact = (label: string, value: string | null): Facts =>
    value === null ? [] : [{ label, value: ink.text(value) }];
  const seconds = run.seconds ?? run.estimateSeconds;
  const about = run.seconds === null && seconds !== null ? '≈ ' : '';
  const memory = run.memoryBytes ?? gate?.estimateMemoryBytes ?? null;
  const aboutMemory = run.memoryBytes === null ? '≈ ' : '';
  const cost = voice.plain('answers:node.cost_value', {
    gpu: voice.money(node.gpuUsd),
    models: voice.money(node.modelUsd),
  });
  return [
    ...fact(
      plain('answers:node.time'),
      seconds === null ? null : `${about}${voice.duration(seconds * 1_000)}`,
    ),
    ...fact(
      plain('answers:node.memory'),
      memory === null ? null : `${aboutMemory}${voice.number(Math.ceil(memory / mebibyte))} MiB`,
    ),
    ...fact(plain('answers:node.cost'), cost),
    ...fact(plain('answers:node.generator'), generator === null ? null : serviceName(voice, generator)),
    ...fact(
      plain('answers:node.component'),
      plan.component === undefined ? null : plain(`answers:component.${plan.component}`),
    ),
    ...(node.isSubmitted ? fact(plain('answers:node.submitted'), '✓') : []),
  ];
}
