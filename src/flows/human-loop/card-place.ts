import type { broadcastKinds, Preferences } from '../../domain/preferences.ts';
import type { CardInput } from '../../state/cards.ts';

type Place = Required<Pick<CardInput, 'surface' | 'parentSubject'>>;

/** Subject of a competition's living message, the root of its thread. */
export function statusSubject(competitionId: string): string {
  return `status:${competitionId}`;
}

/** Subject of a decision's card; reminders reply to it. */
export function decisionSubject(decisionId: string): string {
  return `decision:${decisionId}`;
}

/** In the competition's thread. */
export function inThread(competitionId: string): Place {
  return { surface: 'thread', parentSubject: statusSubject(competitionId) };
}

/** In the home channel where people want this kind there, else in the competition's thread. */
export function homeOrThread(
  preferences: Pick<Preferences, 'broadcast'>,
  kind: (typeof broadcastKinds)[number],
  competitionId: string,
): Place {
  return preferences.broadcast.includes(kind)
    ? { surface: 'home', parentSubject: null }
    : inThread(competitionId);
}
