import type { AllowGpusResult, BudgetResult, StopGpusResult } from '../../domain/command-results.ts';
import { dollars, providerTitle } from '../../domain/gpu/explain-choice.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { button } from '../cards/buttons.ts';
import { stopGpusButton } from '../cards/gpu-buttons.ts';
import { ownWords } from '../cards/own-words.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene, typed, whoAsked } from './scene.ts';

const longestName = 60;
const longestReason = 300;
const allowCommand = 'resume --all-gpus';

/** `stop --all-gpus`: what was ended, what is left, and how it goes on. */
export function answerGpusStopped(scene: Scene, { stopped, left, unknown, isHeld }: StopGpusResult): Card {
  const { voice } = scene;
  const areGone = left.length === 0 && unknown.length === 0;
  const isOver = areGone && isHeld;
  const none = areGone ? 'answers:gpus.none' : 'answers:gpus.none_ended';
  const summary =
    stopped.length === 0
      ? voice.plain(none)
      : voice.plain('answers:gpus.stopped_summary', { count: stopped.length });
  return aCard({
    title: headline(voice.plain(isOver ? 'answers:gpus.stopped' : 'answers:gpus.not_all')),
    summary: headline(summary),
    tone: isOver ? 'idle' : 'bad',
    body: [
      voice.ink.text(summary),
      ...left.map((machine) =>
        voice.t('answers:gpus.left', {
          machine: shorten(machine.id, longestName),
          provider: providerTitle(machine.provider),
          price: dollars(machine.pricePerHourUsd),
          reason: ownWords(voice, shorten(machine.reason, longestReason)),
        }),
      ),
      ...(left.length === 0 ? [] : [voice.t('answers:gpus.left_next')]),
      ...unknown.map(({ provider, reason }) =>
        voice.t('answers:gpus.unknown', {
          provider: providerTitle(provider),
          reason: ownWords(voice, shorten(reason, longestReason)),
        }),
      ),
      isHeld
        ? voice.t('answers:gpus.held', { command: typed(scene, allowCommand) })
        : voice.t('answers:gpus.rents_again'),
      voice.t('answers:gpus.by', { who: whoAsked(scene) }),
    ],
    actions: [...(isOver ? [] : stopGpusButton(scene)), ...(isHeld ? allowButton(scene) : [])],
  });
}

/** `resume --all-gpus` */
export function answerGpusAllowed(scene: Scene, { outcome }: AllowGpusResult): Card {
  const { voice } = scene;
  const words = voice.plain(outcome === 'done' ? 'answers:gpus.allowed_summary' : 'answers:gpus.not_held');
  return aCard({
    title: headline(voice.plain('answers:gpus.allowed')),
    summary: headline(words),
    body: [voice.ink.text(words), voice.t('answers:gpus.by', { who: whoAsked(scene) })],
    actions: button(scene, 'budget', [], { label: voice.plain('common:btn.budget') }),
  });
}

/** Markup for `budget`: the machines that are rented now, or that none may be. */
export function machineLines(scene: Scene, { machines = [], isGpuHeld = false }: BudgetResult): string[] {
  const { voice } = scene;
  const running = machines.map(({ title, provider, slug, usdPerHour, usd, reservedUsd }) =>
    voice.t('answers:gpus.running', {
      machine: shorten(title, longestName),
      provider: providerTitle(provider),
      slug,
      price: dollars(usdPerHour),
      cost: voice.money(usd),
      reserved: voice.money(reservedUsd),
    }),
  );
  const held = isGpuHeld ? [voice.t('answers:gpus.on_hold', { command: typed(scene, allowCommand) })] : [];
  return [...running, ...held];
}

/** Buttons for `budget`, where there is something to stop or to allow. */
export function machineButtons(scene: Scene, budget: BudgetResult): CardAction[] {
  if (budget.isGpuHeld === true) return allowButton(scene);
  return (budget.machines ?? []).length === 0 ? [] : stopGpusButton(scene);
}

function allowButton(scene: Scene): CardAction[] {
  return button(scene, 'gpus-allow', [], { label: scene.voice.plain('answers:btn.allow_gpus') });
}
