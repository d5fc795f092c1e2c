import type { CardAction } from '../card.ts';
import { button } from './buttons.ts';
import type { CardOptions } from './card-options.ts';

type Place = Pick<CardOptions, 'voice' | 'installation'>;

/** Ends all rented machines. A slip of the finger would lose hours of training; who types the command means it. */
export function stopGpusButton(place: Place): CardAction[] {
  const { plain } = place.voice;
  return button(place, 'gpus-stop', [], {
    label: plain('answers:btn.stop_gpus'),
    style: 'danger',
    confirm: {
      title: plain('answers:gpus.confirm'),
      text: plain('answers:gpus.confirm_text'),
      yes: plain('common:btn.yes'),
      no: plain('common:btn.no'),
    },
  });
}
