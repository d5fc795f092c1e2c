import { type CompetitionState, isFinal, workingStates } from '../../domain/competition-machine.ts';
import type { Medal } from '../../domain/medals.ts';
import type { Tone } from '../card.ts';
import type { Voice } from '../voice.ts';

type Standing = { rank: number | null; entrants: number | null; medal?: Medal | null | undefined };
export type Stated = {
  state: CompetitionState;
  isQueued: boolean;
  /** At a gate, in whatever state. */
  waitsForPerson?: boolean | null | undefined;
  /** Its training has no machine yet. */
  waitsForMachine?: boolean | null | undefined;
};

/** What a state looks like at first sight. */
export function toneOf({ state, isQueued, waitsForPerson }: Stated): Tone {
  if (waitsForPerson === true) return 'attention';
  if (isQueued) return 'idle';
  switch (state) {
    case 'awaiting_decision':
      return 'attention';
    case 'failed':
      return 'bad';
    case 'completed':
      return 'good';
    case 'discovered':
    case 'paused':
    case 'abandoned':
      return 'idle';
    default:
      return 'running';
  }
}

const symbols = {
  idle: '⚪',
  running: '🔵',
  attention: '🟡',
  good: '🏁',
  bad: '🔴',
} as const satisfies Record<Tone, string>;

export function symbolOf(stated: Stated): string {
  return symbols[toneOf(stated)];
}

/** Plain: the state's public name. */
export function stateWord(
  { plain }: Pick<Voice, 'plain'>,
  { state, isQueued, waitsForPerson, waitsForMachine }: Stated,
): string {
  if (waitsForPerson === true) return plain('common:state.waiting');
  if (waitsForMachine === true) return plain('common:state.no_machine');
  return plain(isQueued ? 'common:state.queued' : `common:state.${state}`);
}

export function isWorking({ state, isQueued }: Stated): boolean {
  return !isQueued && workingStates.some((one) => one === state);
}

/** True where nothing more happens by itself nor by a person. */
export function hasEnded({ state }: Pick<Stated, 'state'>): boolean {
  return isFinal(state);
}

/** Plain: `1,204 / 13,880 (top 9 %)`, with the medal that this place takes now; empty where there is no rank. */
export function standingShort(voice: Voice, { rank, entrants, medal }: Standing): string {
  if (rank === null) return '';
  if (entrants === null) return voice.number(rank);
  const place = voice.plain('common:rank.short', { rank, teams: entrants });
  const words = voice.plain('common:rank.with_top', { place, top: topShare(voice, rank, entrants) });
  return medal == null ? words : `${words} · ${zoneWords(voice, medal)}`;
}

/** Plain: `rank 1,204 of 13,880`; empty where there is no rank. */
export function standingWords(voice: Voice, { rank, entrants }: Standing): string {
  if (rank === null) return '';
  return entrants === null
    ? voice.plain('common:rank.alone', { rank })
    : voice.plain('common:rank', { rank, teams: entrants });
}

/** Plain: `top 9 %`; empty where that is not known. */
export function topOf(voice: Voice, { rank, entrants }: Standing): string {
  return rank === null || entrants === null ? '' : topShare(voice, rank, entrants);
}

/** Plain: `silver zone`: what the place would take if it ended now. */
function zoneWords({ plain }: Voice, medal: Medal): string {
  return plain('common:rank.zone', { medal: plain(`cards:chart.${medal}`) });
}

function topShare(voice: Voice, rank: number, entrants: number): string {
  return voice.plain('common:rank.top', { percent: voice.percentUp(rank / Math.max(1, entrants)) });
}
