import { SlackApiError } from './api-error.ts';
import { makeSecret } from './ids.ts';

/** A trigger lets the app open one view for the person who acted. Source: reference of views.open. */
const lifeMs = 3000;
const rememberedMs = 60_000;

export type Triggers = {
  issue(userId: string): string;
  /** @throws SlackApiError `invalid_trigger_id`, `expired_trigger_id`, `exchanged_trigger_id` */
  exchange(id: string): { userId: string };
};

export function createTriggers(now: () => Date): Triggers {
  const triggers = new Map<string, { userId: string; issuedAtMs: number; isUsed: boolean }>();
  return {
    issue(userId) {
      const nowMs = now().getTime();
      for (const [id, { issuedAtMs }] of triggers) {
        if (issuedAtMs < nowMs - rememberedMs) triggers.delete(id);
      }
      const id = `${nowMs}.${makeSecret(4)}.${makeSecret(16)}`;
      triggers.set(id, { userId, issuedAtMs: nowMs, isUsed: false });
      return id;
    },
    exchange(id) {
      const trigger = triggers.get(id);
      if (trigger === undefined) throw new SlackApiError('invalid_trigger_id');
      if (trigger.isUsed) throw new SlackApiError('exchanged_trigger_id');
      if (now().getTime() - trigger.issuedAtMs > lifeMs) throw new SlackApiError('expired_trigger_id');
      trigger.isUsed = true;
      return { userId: trigger.userId };
    },
  };
}
