import type { Delivery } from './delivery.ts';
import type { FaultPlan } from './faults.ts';
import { makeId } from './ids.ts';
import type { Identity } from './records.ts';

export type Events = {
  /** Resolves after the first attempt; further ones follow in the background. */
  send(event: Record<string, unknown>): Promise<void>;
  /** Ends what is still to be sent again. */
  close(): void;
};

export type EventsOptions = {
  identity: Identity;
  now: () => Date;
  delivery: Delivery;
  faults: FaultPlan;
  retryDelaysMs: readonly number[];
  scopes: ReadonlySet<string>;
};

/** Events that are only sent to an app with a scope. Source: reference of each event. */
const scopesOfEvents: Readonly<Record<string, string>> = {
  app_mention: 'app_mentions:read',
  message: 'im:history',
  channel_archive: 'channels:read',
};

/** Slack sends an event again at once, after a minute and after five. Source: Events API, error conditions. */
export const slackRetryDelaysMs: readonly number[] = [0, 60_000, 300_000];

export function createEvents(options: EventsOptions): Events {
  const { identity, now, delivery, faults, retryDelaysMs, scopes } = options;
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;

  const attempt = async (body: unknown, retryAttempt: number): Promise<void> => {
    const result = await delivery.attempt('events_api', body, { retryAttempt, signature: 'valid' });
    const delayMs = retryDelaysMs[retryAttempt];
    if (isClosed || result.isAcknowledged || result.isFinal || delayMs === undefined) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void attempt(body, retryAttempt + 1);
    }, delayMs).unref();
    timers.add(timer);
  };

  return {
    async send(event) {
      const scope = scopesOfEvents[String(event.type)];
      if (scope !== undefined && !scopes.has(scope)) return;
      const body = eventBody(identity, now(), event);
      const isDuplicate = faults.takeDuplicate();
      await attempt(body, 0);
      if (isDuplicate) await attempt(body, 1);
    },
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function eventBody(identity: Identity, at: Date, event: Record<string, unknown>) {
  const { teamId, appId, botUserId } = identity;
  return {
    token: verificationToken,
    team_id: teamId,
    context_team_id: teamId,
    context_enterprise_id: null,
    api_app_id: appId,
    event,
    type: 'event_callback',
    event_id: makeId('Ev'),
    event_time: Math.floor(at.getTime() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: teamId,
        user_id: botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: makeId('4-'),
  };
}

/** Slack still sends the old way of verifying; nobody should look at it. */
export const verificationToken = 'deprecated';
