import type { Failure } from '../../domain/errors.ts';
import type { CardAction } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { type Scene, typed } from './scene.ts';

/** Refusals that people meet often, told in their own language; everything else is told as it was thrown. */
const told = [
  'kaggle.unknown_competition',
  'kaggle.rules_not_accepted',
  'kaggle.entry_closed',
  'kaggle.deadline_passed',
  'kaggle.submissions_disabled',
  'kaggle.code_competition',
  'competition.unknown',
  'competition.ended',
  'competition.not_started',
  'competition.queued',
  'competition.paused',
  'competition.busy',
] as const;

type Told = (typeof told)[number];

/** What gets people on from there. */
const wayOn: Readonly<Partial<Record<Told, 'start' | 'stop' | 'resume'>>> = {
  'competition.unknown': 'start',
  'competition.ended': 'start',
  'competition.not_started': 'start',
  'competition.queued': 'stop',
  'competition.paused': 'resume',
};

export type FailureWords = {
  /** Plain. */
  sentence: string;
  /** Markup. */
  steps: readonly string[];
  actions: readonly CardAction[];
};

/** @returns null where the failure's own message is all that there is to say */
export function failureWords(scene: Scene, { code }: Failure, slug: string | null): FailureWords | null {
  const known = told.find((one) => one === code);
  if (known === undefined || slug === null) return null;
  const { voice } = scene;
  const on = wayOn[known];
  return {
    sentence: voice.plain(`answers:why.${known}`, { slug }),
    steps: [
      ...(known === 'kaggle.rules_not_accepted'
        ? [voice.t('answers:why.rules_first', { slug }), voice.t('answers:why.rules_then')]
        : []),
      ...(on === undefined
        ? []
        : [voice.t(`answers:why.next_${on}`, { command: typed(scene, `${on} ${slug}`) })]),
    ],
    actions: actionsOf(scene, known, slug),
  };
}

function actionsOf(scene: Scene, known: Told, slug: string): CardAction[] {
  switch (known) {
    case 'kaggle.unknown_competition':
    case 'competition.unknown':
      return button(scene, 'list', ['available', '1'], { label: scene.voice.plain('answers:btn.available') });
    case 'competition.ended':
    case 'competition.not_started':
      return slugButton(scene, 'start', slug);
    case 'competition.paused':
      return slugButton(scene, 'resume', slug);
    default:
      return [];
  }
}
