import type { Voice } from '../voice.ts';

const states = ['proposed', 'coded', 'trained', 'failed'] as const;

/** Plain: how far an approach is; a state that has no words as it is. */
export function approachState({ plain }: Pick<Voice, 'plain'>, status: string): string {
  const known = states.find((one) => one === status);
  return known === undefined ? status : plain(`answers:status.done.${known}`);
}
