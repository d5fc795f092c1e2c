import type { ParameterView } from '../../domain/parameters.ts';
import type { ParameterValue } from '../../domain/run-contract.ts';
import type { ParametersResult, SetParametersResult } from '../../domain/training-views.ts';
import { aCard, type Card } from '../card.ts';
import { slugButton } from '../cards/buttons.ts';
import { who } from '../cards/who.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene, typed } from './scene.ts';

const mostRows = 40;
const mostChanges = 5;
const longestValue = 60;
const mostDigits = 6;
const longestTitle = 80;

/** `params`: what the best approach is trained with, what each may be, and who set what. */
export function answerParameters(scene: Scene, result: ParametersResult): Card {
  const { voice } = scene;
  const { slug, approach, title, cv, parameters, changes } = result;
  const example = exampleOf(parameters);
  return aCard({
    title: headline(voice.plain('answers:params.title', { slug })),
    summary: headline(voice.plain('answers:params.summary', { slug, approach, count: parameters.length })),
    body: [
      voice.t('answers:params.of', { approach, title: shorten(title, longestTitle), cv: voice.score(cv) }),
      ...(result.isTuned ? [voice.t('answers:params.tuned')] : []),
      ...(example === null
        ? []
        : [
            voice.t('answers:params.how', { command: typed(scene, `params ${slug} ${approach} ${example}`) }),
          ]),
      ...changesOf(scene, changes),
    ],
    table: {
      caption: voice.plain('answers:params.caption', { approach }),
      header: [
        voice.plain('answers:params.parameter'),
        voice.plain('answers:params.value'),
        voice.plain('answers:params.allowed'),
      ],
      rows: parameters
        .slice(0, mostRows)
        .map((one) => [`${one.model}.${one.name}`, valueText(one.value), allowed(scene, one)]),
      align: ['left', 'right', 'left'],
    },
    actions: [...slugButton(scene, 'status', slug), ...slugButton(scene, 'tree', slug)],
  });
}

/** Plain: a change that would be taken as it stands; null where none is sure to be. */
function exampleOf(parameters: readonly ParameterView[]): string | null {
  const isAlone = ({ name }: ParameterView) => parameters.filter((one) => one.name === name).length === 1;
  const changes = parameters.flatMap((one) => {
    const { model, name, value, kind, min, max } = one;
    if (typeof value !== 'number' || value === 0) return [];
    const next = kind === 'whole' ? value + 1 : Number((value / 2).toPrecision(2));
    const isAllowed = (min === null || next >= min) && (max === null || next <= max);
    return isAllowed ? [`${isAlone(one) ? '' : `${model}.`}${name}=${next}`] : [];
  });
  return changes.find((change) => change.includes('learning_rate=')) ?? changes[0] ?? null;
}

/** Plain. */
export function valueText(value: ParameterValue | undefined): string {
  // What a computation left of 0.025 is 0.025.
  const shown = typeof value === 'number' ? Number(value.toPrecision(mostDigits)) : (value ?? '–');
  return shorten(String(shown), longestValue);
}

/** Plain: type and range. */
function allowed({ voice: { plain, number } }: Scene, { kind, min, max }: ParameterView): string {
  const type = plain(`answers:params.kind.${kind}`);
  // Small ones would be rounded to nothing.
  const text = (value: number) => (Number.isInteger(value) ? number(value) : String(value));
  return min === null || max === null
    ? type
    : plain('answers:params.range', { type, min: text(min), max: text(max) });
}

function changesOf(scene: Scene, changes: ParametersResult['changes']): string[] {
  const { voice } = scene;
  if (changes.length === 0) return [];
  const lines = changes.slice(0, mostChanges).map(({ at, actor, name, approach, params }) => {
    const set = Object.entries(params).flatMap(([model, values]) =>
      Object.entries(values).map(([key, value]) => `${model}.${key} ${valueText(value)}`),
    );
    return [
      voice.time(at),
      who(scene, actor, name),
      voice.ink.text(`${approach}: ${shorten(set.join(voice.comma), longestTitle)}`),
    ].join(' · ');
  });
  return [[voice.t('answers:params.set_by'), ...lines].join('\n')];
}

/** What follows from a change that was taken. */
export function answerParametersSet(scene: Scene, result: SetParametersResult): Card {
  const { voice } = scene;
  const { slug, approach, basedOn, changes, trains } = result;
  const list = changes.map(({ model, name, from, to }) =>
    voice.ink.text(`${model}.${name}: ${valueText(from)} → ${valueText(to)}`),
  );
  const follows = voice.plain(`answers:params.trains.${trains}`);
  return aCard({
    tone: 'good',
    title: headline(voice.plain('answers:params.set_title', { slug })),
    summary: headline(voice.plain('answers:params.set', { approach, basedOn, follows })),
    body: [
      voice.ink.text(voice.plain('answers:params.set', { approach, basedOn, follows })),
      list.join('\n'),
    ],
    actions: [...slugButton(scene, 'status', slug), ...slugButton(scene, 'tree', slug)],
  });
}
