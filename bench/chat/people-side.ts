import { setTimeout as sleep } from 'node:timers/promises';
import { createFlowsFor } from '../../src/app/command-flows.ts';
import { createChartDrawer } from '../../src/bot/charts/draw-chart.ts';
import { createDoor } from '../../src/bot/create-door.ts';
import { createDiscordChat } from '../../src/bot/discord/create-discord-chat.ts';
import { createSlackChat } from '../../src/bot/slack/create-slack-chat.ts';
import type { Context } from '../../src/context.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { Chat } from '../../src/domain/chat.ts';
import type { CompetitionState } from '../../src/domain/competition-machine.ts';
import { broadcastKinds, type Preferences } from '../../src/domain/preferences.ts';
import { startSlackWorkspace } from '../../src/embedded/slack/workspace.ts';
import { statusSubject } from '../../src/flows/human-loop/card-place.ts';
import { refreshStatus } from '../../src/flows/human-loop/status-card.ts';
import { startCardSender } from '../../src/jobs/card-sender.ts';
import { jobHandlers } from '../../src/jobs/handlers.ts';
import { findCard } from '../../src/state/cards.ts';
import { createChangeFeed } from '../../src/state/change-feed.ts';
import { openDiscordServer } from '../../test/support/discord/discord-server.ts';
import { idleHandlers } from '../../test/support/idle-handlers.ts';
import { startAgentNode } from '../support/agent-node.ts';
import { type Bench, openBench } from '../support/backend.ts';
import { idleContext, quietLog } from '../support/context.ts';

export const bench: Actor = { type: 'schedule', name: 'bench' };
/** As the agent itself. */
const cardPollMs = 2_000;
const patienceMs = 60_000;

const preferences: Preferences = {
  language: 'en',
  timeZone: 'UTC',
  quietHours: null,
  digestAt: null,
  bars: true,
  broadcast: [...broadcastKinds],
};

type Ids = { slack: string; discord: string };

export type PeopleSide = Awaited<ReturnType<typeof openPeopleSide>>;

/** Database, jobs, card sender, door, and both apps in workspaces that keep the platforms' rates. */
export async function openPeopleSide(signal: AbortSignal) {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.toReversed()) await closer();
  };
  try {
    return { ...(await openParts(signal, (closer) => closers.push(closer))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts(signal: AbortSignal, later: (closer: () => Promise<unknown>) => void) {
  const database = await openBench('postgres', signal);
  if (database === null) throw new Error('there is no Postgres');
  later(database.close);
  const chats: Chat[] = [];
  const base = idleContext(database.state, database.folder);
  const ctx: Context = { ...base, canBeAsked: () => true, signal, policy: { ...base.policy, preferences } };
  const flowsFor = createFlowsFor((actor) => ({ ...ctx, actor }));
  const installation = await flowsFor(bench).installation();
  const now = () => new Date();
  const door = createDoor({ flowsFor, installation, preferences, log: quietLog, now });
  await door.refresh();
  const slack = await openSlack({ door, installation }, later);
  const discord = await openDiscord({ door, installation }, later);
  chats.push(slack.chat, discord.chat);
  await startWork(database, { ctx, chats }, later);

  /** A competition whose status both channels show already. */
  const aCompetition = async (slug: string, state: CompetitionState) => {
    const { rows } = await database.pool.query<{ id: string }>(
      `insert into competitions (slug, title, state, version, round, requested_at, admitted_at)
       values ($1, 'A competition', $2, 1, 1, clock_timestamp(), clock_timestamp()) returning id`,
      [slug, state],
    );
    const id = rows[0]?.id ?? '';
    await refreshStatus(ctx, id);
    return { id, slug, copies: await copiesOf(statusSubject(id)) };
  };
  /** Ids of a card's messages, once both platforms have one. */
  const copiesOf = async (subject: string): Promise<Ids> => {
    for (const givenUpAt = Date.now() + patienceMs; Date.now() < givenUpAt; ) {
      const deliveries = (await findCard(database.state, subject))?.deliveries ?? [];
      const [here, there] = (['slack', 'discord'] as const).map(
        (platform) => deliveries.find((one) => one.platform === platform)?.messageId ?? null,
      );
      if (here != null && there != null) return { slack: here, discord: there };
      await sleep(10, undefined, { signal });
    }
    throw new Error(`${subject} was not shown`);
  };
  return { state: database.state, pool: database.pool, slack, discord, aCompetition, copiesOf };
}

type Parts = Pick<Parameters<typeof createSlackChat>[0], 'door' | 'installation'>;
type Later = Parameters<typeof openParts>[1];

/** What is down shows nothing, which ends the benchmark by itself. */
const onDown = () => undefined;

async function openSlack(parts: Parts, later: Later) {
  const workspace = await startSlackWorkspace({
    port: 0,
    channels: ['kaggle', 'bench'],
    users: [{ name: 'mika', isAdmin: true }],
    folder: null,
    now: () => new Date(),
    rateLimits: 1,
  });
  later(() => workspace.close());
  const [home = '', other = ''] = ['kaggle', 'bench'].map(
    (name) => workspace.channels().find((channel) => channel.name === name)?.id,
  );
  const secret = (value: string) => ({ reveal: () => value });
  const app = createSlackChat({
    ...parts,
    settings: {
      botToken: secret(workspace.botToken),
      appToken: secret(workspace.appToken),
      signingSecret: null,
      httpPort: 0,
      channel: home,
      alertChannel: null,
      operators: [],
      admins: [],
      escalation: [],
      apiUrl: workspace.apiUrl,
    },
    preferences,
    log: quietLog,
    now: () => new Date(),
    random: Math.random,
    fetch: globalThis.fetch,
    onDown,
  });
  later(() => app.stop());
  await app.start();
  return { workspace, chat: app.chat, home, other, user: workspace.users()[0]?.id ?? '' };
}

async function openDiscord(parts: Parts, later: Later) {
  const server = await openDiscordServer({ rateLimits: true });
  later(server.close);
  const [home, other] = [server.addChannel('kaggle'), server.addChannel('bench')];
  const app = createDiscordChat({
    ...parts,
    token: { reveal: () => server.world.botToken },
    apiUrl: server.apiUrl,
    guildId: server.world.guild.id,
    channelId: home,
    alertChannelId: null,
    operatorRoles: [],
    adminRoles: [],
    escalationRoles: [],
    language: () => 'en',
    drawChart: createChartDrawer(),
    onDown,
    log: quietLog,
    now: () => new Date(),
  });
  later(() => app.stop());
  await app.start();
  return { server, chat: app.chat, home, other, user: server.addUser({ name: 'mika' }) };
}

/** The jobs that bring events onto cards, and the sender, as `up` starts them. */
async function startWork(
  database: Bench,
  { ctx, chats }: { ctx: Context; chats: readonly Chat[] },
  later: Later,
): Promise<void> {
  const { 'human.present': present, 'human.status': status, 'human.tell': tell } = jobHandlers;
  const handlers = idleHandlers({ 'human.present': present, 'human.status': status, 'human.tell': tell });
  const { policy, canBeAsked } = ctx;
  const node = await startAgentNode(database, handlers, { canBeAsked, policy });
  later(node.close);
  const feed = createChangeFeed({ connectionString: database.connectionString, log: quietLog });
  later(() => feed.close());
  const sender = startCardSender({
    chats,
    contextOf: (signal) => ({ ...ctx, signal }),
    log: quietLog,
    worker: 'bench',
    isSingleProcess: true,
    pollMs: cardPollMs,
    subscribe: (wake) => feed.subscribe(wake),
  });
  later(() => sender.stop());
}
