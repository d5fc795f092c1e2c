import type { CardContent, CardKind } from './card.ts';
import { isFinal } from './competition-machine.ts';

/** What is sent first where not everything can be sent at once: 0 decisions and alerts, 1 ends, 2 news, 3 progress. */
export const cardLanes = [0, 1, 2, 3] as const;
export type CardLane = (typeof cardLanes)[number];

const lanes: Readonly<Record<CardKind, CardLane>> = {
  decision: 0,
  nudge: 0,
  alert: 0,
  failed: 1,
  finished: 1,
  started: 2,
  new_best: 2,
  round: 2,
  notice: 2,
  discovered: 2,
  digest: 2,
  status: 3,
  board: 3,
};

export function laneOf(content: CardContent): CardLane {
  if (content.kind === 'status' && isFinal(content.state)) return 1;
  return lanes[content.kind];
}

/** True where a card says nothing to people who have not seen it before. */
export function isOver(content: CardContent): boolean {
  if (content.kind === 'alert') return content.clearedAt !== null;
  return content.kind === 'nudge' && content.isOver;
}
