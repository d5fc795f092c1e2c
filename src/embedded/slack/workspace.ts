import { createWebApi, type WebApi } from './api.ts';
import type { FileCheck } from './blocks/rules.ts';
import { createClientActions } from './client/actions.ts';
import { firstAttempt } from './client/deliver.ts';
import type { SlackContext } from './context.ts';
import type { SlackChange, SlackTrouble, SlackWorkspace, SlackWorkspaceOptions } from './contract.ts';
import { createViolations, type Delivery, failedAttempt, type Violations } from './delivery.ts';
import { createEvents, type Events, slackRetryDelaysMs } from './events.ts';
import { createFaultPlan, type FaultPlan } from './faults.ts';
import { createFileShelf, type FileShelf } from './files.ts';
import { createHttpDelivery } from './http-delivery.ts';
import { createTimestampClock, makeId } from './ids.ts';
import { createMessages } from './messages.ts';
import { postDue } from './methods/schedule.ts';
import { createRateLimits } from './rate-limits.ts';
import {
  bookmarkSchema,
  groupSchema,
  type Identity,
  keptHomeSchema,
  pinSchema,
  scheduledSchema,
} from './records.ts';
import { createResponseUrls } from './response-urls.ts';
import { createRoster } from './roster.ts';
import { type SlackServer, startServer } from './server.ts';
import { manifestScopes, openIdentity, openPeople, type People } from './setup.ts';
import { createSocketMode, type SocketMode } from './sockets.ts';
import { openStore, type Store } from './store.ts';
import { createTriggers } from './triggers.ts';
import { createViews } from './views.ts';

const appName = 'kaggle';
const dueEveryMs = 250;
const maxTroubles = 1000;

/**
 * Starts a Slack workspace of its own on the loopback interface: the Web API, Socket Mode or signed HTTP requests,
 * and what people do in their clients. It is as strict as Slack.
 * @throws ConfigurationFailure `slack_workspace.port_in_use`, `slack_workspace.bad_store`
 */
export async function startSlackWorkspace(options: SlackWorkspaceOptions): Promise<SlackWorkspace> {
  const store = openStore(options.folder);
  const identity = openIdentity(store);
  const people = openPeople(store, options.now, options);
  const stopping = new AbortController();
  const violations = createViolations(options.now);
  const sockets = createSocketMode({ appId: identity.appId, violations });
  const faults = createFaultPlan(() => ({
    dropSockets: sockets.drop,
    announceRevocation: () =>
      events.send({ type: 'tokens_revoked', tokens: { oauth: [], bot: [identity.botUserId] }, event_ts: '' }),
  }));
  const delivery = openDelivery(options, identity, { sockets, faults, signal: stopping.signal });
  const retryDelaysMs = options.eventRetryDelaysMs ?? slackRetryDelaysMs;
  const scopes = new Set(options.scopes ?? manifestScopes);
  const events: Events = createEvents({
    identity,
    now: options.now,
    delivery,
    faults,
    retryDelaysMs,
    scopes,
  });
  const watchers = createWatchers(options.now);
  const origin = () => `http://127.0.0.1:${server.port}`;
  const ctx = buildContext({
    options,
    store,
    identity,
    people,
    scopes,
    faults,
    events,
    sockets,
    watchers,
    origin,
  });
  const api = createWebApi(ctx);
  const server: SlackServer = await startServer(options.port, () => ({ ctx, api, sockets })).catch(
    (error) => {
      store.close();
      throw error;
    },
  );
  const dueTimer = setInterval(() => postDue(ctx), dueEveryMs).unref();
  return toWorkspace({
    ctx,
    people,
    watchers,
    delivery,
    sockets,
    violations,
    api,
    async close() {
      clearInterval(dueTimer);
      events.close();
      stopping.abort();
      sockets.close();
      await server.close();
      store.close();
    },
  });
}

function openDelivery(
  { requestUrl, now }: SlackWorkspaceOptions,
  { signingSecret }: Identity,
  { sockets, faults, signal }: { sockets: SocketMode; faults: FaultPlan; signal: AbortSignal },
): Delivery {
  const delivery =
    requestUrl === undefined ? sockets : createHttpDelivery({ requestUrl, signingSecret, now, signal });
  return {
    attempt: async (...given) =>
      faults.isOutage() ? failedAttempt('dispatch_failed', 0) : delivery.attempt(...given),
  };
}

type Watchers = {
  emit(change: SlackChange): void;
  trouble(userId: string, what: string): void;
  troubles(): readonly SlackTrouble[];
  subscribe(listener: (change: SlackChange) => void): () => void;
};

function createWatchers(now: () => Date): Watchers {
  const listeners = new Set<(change: SlackChange) => void>();
  const troubles: SlackTrouble[] = [];
  const emit = (change: SlackChange): void => {
    for (const listener of listeners) listener(change);
  };
  return {
    emit,
    trouble(userId, what) {
      troubles.push({ userId, what, at: now() });
      if (troubles.length > maxTroubles) troubles.shift();
      emit({ type: 'trouble', userId, what });
    },
    troubles: () => [...troubles],
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

type Built = {
  options: SlackWorkspaceOptions;
  store: Store;
  identity: Identity;
  people: People;
  scopes: ReadonlySet<string>;
  faults: FaultPlan;
  events: Events;
  sockets: SocketMode;
  watchers: Watchers;
  origin: () => string;
};

function buildContext(built: Built): SlackContext {
  const { options, store, identity, people, scopes, faults, events, sockets, watchers, origin } = built;
  const { now } = options;
  const clock = createTimestampClock(now);
  const files = createFileShelf(store, options.folder);
  return {
    now,
    identity,
    appName,
    scopes,
    commands: options.commands ?? ['/kaggle'],
    users: people.users,
    channels: people.channels,
    groups: store.table('groups', groupSchema),
    messages: createMessages(store, clock),
    files,
    pins: store.table('pins', pinSchema),
    bookmarks: store.table('bookmarks', bookmarkSchema),
    homes: store.table('homes', keptHomeSchema),
    scheduled: store.table('scheduled', scheduledSchema),
    views: createViews(now, (userId) => watchers.emit({ type: 'view', userId })),
    triggers: createTriggers(now),
    responseUrls: createResponseUrls(now),
    clock,
    limits: createRateLimits(options.rateLimits, now),
    faults,
    blockRules: { checkFile: createFileCheck(files), unknownBlocks: options.unknownBlocks ?? [] },
    emit: watchers.emit,
    trouble: watchers.trouble,
    sendEvent: events.send,
    origin,
    publicUrl: () => options.publicUrl ?? origin(),
    issueTicket: sockets.issueTicket,
  };
}

/** A block may name a file by its id, its private address or its permalink. */
function createFileCheck(files: FileShelf): FileCheck {
  return (file) => {
    const id = 'id' in file ? file.id : (/(?:\/|-)(F[A-Z0-9]{10})(?:\/|$)/.exec(file.url)?.[1] ?? '');
    return files.check(id);
  };
}

type Running = {
  ctx: SlackContext;
  people: People;
  watchers: Watchers;
  delivery: Delivery;
  sockets: SocketMode;
  violations: Violations;
  api: WebApi;
  close(): Promise<void>;
};

function toWorkspace({
  ctx,
  people,
  watchers,
  delivery,
  sockets,
  violations,
  api,
  close,
}: Running): SlackWorkspace {
  const { identity } = ctx;
  return {
    apiUrl: `${ctx.origin()}/api/`,
    botToken: identity.botToken,
    appToken: identity.appToken,
    signingSecret: identity.signingSecret,
    teamId: identity.teamId,
    botUserId: identity.botUserId,
    ...createRoster(ctx),
    addUser: people.addUser,
    addChannel: people.addChannel,
    addUserGroup(handle, userIds) {
      const id = makeId('S');
      ctx.groups.set(id, { id, handle, userIds: [...userIds] });
      return { id };
    },
    troubles: watchers.troubles,
    actions: createClientActions({ ctx, delivery }),
    faults: ctx.faults.controls,
    violations: violations.all,
    async deliverRaw(payload, type, signature = 'valid') {
      const {
        isAcknowledged,
        elapsedMs,
        payload: answer,
        status,
      } = await delivery.attempt(type, payload, {
        ...firstAttempt,
        signature,
      });
      return { isAcknowledged, elapsedMs, payload: answer, status };
    },
    connections: sockets.count,
    calls: api.calls,
    subscribe: watchers.subscribe,
    close,
  };
}
