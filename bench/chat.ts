/**
 * The chats, against workspaces of their own that keep Slack's and Discord's rates: how long until something shows,
 * what a storm of progress costs, how fast commands are acknowledged.
 */
import { measureAcknowledgement } from './chat/acknowledgement.ts';
import { measureDecisions } from './chat/decisions.ts';
import { measureMoves } from './chat/moves.ts';
import { openPeopleSide } from './chat/people-side.ts';
import { measureStorm } from './chat/storm.ts';
import type { Benchmark, Measured } from './figure.ts';

export const chatBenchmark: Benchmark = {
  name: 'chat',
  async measure(signal) {
    const parts: Measured[] = [await measureAcknowledgement(signal)];
    const people = await openPeopleSide(signal);
    try {
      for (const measure of [measureMoves, measureDecisions, measureStorm]) {
        parts.push(await measure(people, signal));
      }
    } finally {
      await people.close();
    }
    return {
      figures: parts.flatMap(({ figures }) => figures),
      notes: parts.flatMap(({ notes }) => notes),
    };
  },
};
