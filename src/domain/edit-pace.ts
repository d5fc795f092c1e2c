import type { CardKind } from './card.ts';

/** A message younger than `untilMs` may be edited every `gapMs`; null: whatever its age. */
export type PaceStep = { untilMs: number | null; gapMs: number };

export type EditPace = Readonly<Partial<Record<CardKind | 'other', readonly PaceStep[]>>> & {
  other: readonly PaceStep[];
  /** Between edits of any two messages of one channel that are older than every `untilMs`. */
  oldTogetherMs: number;
};

const seconds = (count: number) => count * 1_000;
const minutes = (count: number) => count * 60_000;

function steps(gaps: { under10MinMs: number; under1HourMs: number; olderMs: number }): PaceStep[] {
  return [
    { untilMs: minutes(10), gapMs: gaps.under10MinMs },
    { untilMs: minutes(60), gapMs: gaps.under1HourMs },
    { untilMs: null, gapMs: gaps.olderMs },
  ];
}

const atOnce: readonly PaceStep[] = [{ untilMs: null, gapMs: 0 }];
const board = steps({ under10MinMs: seconds(30), under1HourMs: seconds(60), olderMs: seconds(60) });
const news = steps({ under10MinMs: seconds(3), under1HourMs: seconds(10), olderMs: seconds(30) });
const slowNews = steps({ under10MinMs: seconds(3), under1HourMs: seconds(10), olderMs: seconds(60) });

/**
 * How often a message may be edited: the first edit comes at once, what comes sooner than the gap after it waits
 * and then shows the newest state. Decisions never wait. Discord slows edits of messages older than an hour down
 * by itself, and answers 30046 when that is ignored.
 */
export function editPaceOf(platform: string): EditPace {
  const isDiscord = platform === 'discord';
  return {
    decision: atOnce,
    nudge: atOnce,
    board,
    other: isDiscord ? slowNews : news,
    oldTogetherMs: isDiscord ? seconds(3) : 0,
  };
}
