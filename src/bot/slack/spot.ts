import type { ResponseUrl } from './response-url.ts';

/** Where a request came from and by which ways it can be answered. */
export type Spot = {
  userId: string;
  /** Of the person, which in a shared channel may be another than ours. */
  teamId: string;
  /** Null in the Home tab, in modals that were opened from there and for the global shortcut. */
  channel: string | null;
  /** The thread that it came from. */
  threadTs: string | null;
  /** Where a public answer goes: a thread, or the channel itself. */
  publicThreadTs: string | null;
  isDm: boolean;
  responseUrl: ResponseUrl | null;
  /** Opens a modal once, within three seconds. */
  trigger: { id: string; receivedMs: number } | null;
  /** The modal in which something was pressed. */
  viewId: string | null;
  /** The message of `responseUrl` is one that only this person sees, and may be replaced. */
  isReplaceable: boolean;
};

/** Slack's triggers live for three seconds; what remains goes to the way there. */
const triggerLifeMs = 2_600;

export function hasTrigger(spot: Spot): spot is Spot & { trigger: { id: string } } {
  return spot.trigger !== null && performance.now() - spot.trigger.receivedMs < triggerLifeMs;
}
