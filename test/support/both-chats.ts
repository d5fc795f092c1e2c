import { randomUUID } from 'node:crypto';
import { onTestFinished, vi } from 'vitest';
import { createFlowsFor } from '../../src/app/command-flows.ts';
import { createDoor } from '../../src/bot/create-door.ts';
import type { Context } from '../../src/context.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { Chat } from '../../src/domain/chat.ts';
import type { DecisionDraft } from '../../src/domain/decision.ts';
import type { SlackMessage } from '../../src/embedded/slack/contract.ts';
import { type CardSender, startCardSender } from '../../src/jobs/card-sender.ts';
import { jobHandlers } from '../../src/jobs/handlers.ts';
import { createChangeFeed } from '../../src/state/change-feed.ts';
import type { Competition } from '../../src/state/competitions.ts';
import { openDecision } from '../../src/state/decisions.ts';
import { startDiscord } from '../bot/discord/kit.ts';
import { openSlack, wordsOf } from '../bot/slack/slack-kit.ts';
import { aCompetition, aDraft, someActor } from './builders.ts';
import { aContext } from './context.ts';
import { allComponents } from './discord/component-rules.ts';
import { textOf } from './discord/user-actions.ts';
import type { DiscordMessage } from './discord/world.ts';
import { aJobWorld, startNode } from './job-nodes.ts';
import { somePreferences } from './preferences.ts';
import { silentLog } from './silent-log.ts';

export const patienceMs = 20_000;
/** Several waits in a row, on a machine that is busy. */
export const testTimeoutMs = 90_000;
export const waiting = { timeout: patienceMs, interval: 50 };

/** The agent's people side whole: real database and queues, the real Slack app and the real Discord client. */
export async function bothChats({ hasRateLimits = false }: { hasRateLimits?: boolean } = {}) {
  const world = await aJobWorld('postgres');
  const chats: Chat[] = [];
  const ctx = await aContext({ state: world.state, canBeAsked: () => true });
  const contextOf = (actor: Actor): Context => ({ ...ctx, actor });
  const flowsFor = createFlowsFor(contextOf);
  const installation = await flowsFor(someActor).installation();
  const now = () => new Date();
  const door = createDoor({ flowsFor, installation, preferences: somePreferences, log: silentLog, now });
  await door.refresh();
  const workspace = { rateLimits: hasRateLimits ? 1 : 0 };
  const slack = await openSlack({ app: { door, installation }, workspace });
  const discord = await startDiscord({ chat: { door, installation }, rateLimits: hasRateLimits });
  chats.push(slack.slack.chat, discord.discord.chat);
  const feed = createChangeFeed({ connectionString: world.connectionString, log: silentLog });
  onTestFinished(() => feed.close());

  /** The jobs that bring what happened onto cards. */
  const startJobs = () => {
    const { 'human.present': present, 'human.status': status, 'human.tell': tell } = jobHandlers;
    return startNode(world, {
      handlers: { 'human.present': present, 'human.status': status, 'human.tell': tell },
      context: { canBeAsked: () => true },
    });
  };
  const startSender = (): CardSender => {
    const sender = startCardSender({
      chats,
      contextOf: (signal) => ({ ...ctx, signal }),
      log: silentLog,
      worker: `sender-${randomUUID()}`,
      isSingleProcess: true,
      pollMs: 1_000,
      probeEveryMs: 200,
      subscribe: (wake) => feed.subscribe(wake),
    });
    onTestFinished(() => sender.stop());
    return sender;
  };
  /** Both apps anew, as after a restart of the process. */
  const reopenApps = async () => {
    await Promise.all([slack.slack.stop(), discord.discord.stop()]);
    const next = { slack: slack.make(), discord: discord.open() };
    onTestFinished(() => next.slack.stop());
    await Promise.all([next.slack.start(), next.discord.start()]);
    chats.splice(0, chats.length, next.slack.chat, next.discord.chat);
  };
  const jobs = await startJobs();
  const sender = startSender();
  return { world, ctx, slack, discord, jobs, sender, startJobs, startSender, reopenApps };
}

export type Both = Awaited<ReturnType<typeof bothChats>>;

/** A competition that runs, as if people had started it. */
export function aRunning(
  { world }: Pick<Both, 'world'>,
  options: Parameters<typeof aCompetition>[1],
): Promise<Competition> {
  return aCompetition(world, { version: 1, round: 1, requested: true, admitted: true, ...options });
}

/** A competition whose next step people are asked for. */
export async function aQuestion(
  both: Pick<Both, 'world'>,
  slug = 'titanic',
  draft: Partial<DecisionDraft> = {},
): Promise<Competition> {
  const competition = await aRunning(both, { slug, state: 'analyzing', version: 3 });
  await openDecision(both.world.state, {
    competitionId: competition.id,
    version: 3,
    move: 'uncertainty_high',
    draft: aDraft({ kind: 'stagnation', question: `What next for ${slug}?`, ...draft }),
    slaSeconds: 3_600,
    actor: someActor,
  });
  return competition;
}

/** A card's copies. */
export type QuestionCards = { here: SlackMessage; there: DiscordMessage };

/** The card of the question in both channels, once it is there. */
export async function questionCards({ slack, discord }: Both, text: string): Promise<QuestionCards> {
  const find = () => {
    const here = slack.workspace
      .messages({ channel: slack.home })
      .find((message) => wordsOf(message).includes(text) && /k1\.decide/.test(wordsOf(message)));
    const there = discord.server
      .history(discord.channelId)
      .find((message) => textOf(message).includes(text) && customIds(message).length > 0);
    if (here === undefined || there === undefined) throw new Error('the question is not there yet');
    return { here, there };
  };
  return await vi.waitFor(find, waiting);
}

/** How both copies of a card read now, without marks of escaping. */
export function shownNow({ slack, discord }: Both, { here, there }: QuestionCards): string[] {
  const found = discord.server.history(discord.channelId).find(({ id }) => id === there.id);
  return [
    wordsOf(slack.workspace.message(slack.home, here.ts) ?? undefined),
    found === undefined ? '' : textOf(found),
  ].map((text) => text.replaceAll('\\', ''));
}

/** The buttons with which a question is answered on Discord, in the order of its options. */
export function customIds({ components }: DiscordMessage): string[] {
  return allComponents(components).flatMap(({ custom_id }) =>
    custom_id?.includes('.decide.') === true ? [custom_id] : [],
  );
}

/** The same on Slack. */
export function slackActions(blocks: readonly unknown[]): string[] {
  return [...JSON.stringify(blocks).matchAll(/"action_id":"(k1\.decide\.\d+)"/g)].map(([, id]) => id ?? '');
}
