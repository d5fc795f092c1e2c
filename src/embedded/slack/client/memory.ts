import type { StateValues } from '../view-state.ts';
import type { Suggested } from './values.ts';

/** What Slack's clients remember and the server does not: what was chosen in messages, what was suggested. */
export type Memory = {
  /** By person and message. */
  entered: Map<string, StateValues>;
  /** By view or message, and action id. */
  suggestions: Map<string, Suggested>;
};

export function createMemory(): Memory {
  return { entered: new Map(), suggestions: new Map() };
}
