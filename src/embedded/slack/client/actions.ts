import { openDirectMessages } from '../access.ts';
import type { SlackClientActions } from '../contract.ts';
import { interaction } from '../payloads.ts';
import { wireHome } from '../wire-views.ts';
import { acknowledged, type Client, placeOf, sendInteraction } from './deliver.ts';
import { closeView, submit, suggest } from './forms.ts';
import { createMemory } from './memory.ts';
import { press } from './pressing.ts';
import { say, typeCommand } from './typing.ts';

/** What people do in their clients. Each rejects what a client could not do. */
export function createClientActions(client: Client): SlackClientActions {
  const { ctx } = client;
  const memory = createMemory();
  return {
    slash: (userId, channel, command, text) => typeCommand(client, { userId, channel, command, text }),
    say: (userId, channel, text, threadTs) => say(client, { userId, channel, text, threadTs }),
    press: (userId, target, actionId, chosen) =>
      press(client, memory, { userId, target, actionId, chosen: chosen?.value }),
    suggest: (userId, viewId, actionId, typed) =>
      suggest(client, memory, { userId, viewId, actionId, typed }),
    submit: (userId, viewId, values) => submit(client, memory, { userId, viewId, values }),
    closeView: (userId, viewId) => closeView(client, userId, viewId),
    async openHome(userId) {
      const home = ctx.homes.get(userId);
      await ctx.sendEvent({
        type: 'app_home_opened',
        user: userId,
        channel: openDirectMessages(ctx, userId).id,
        tab: 'home',
        event_ts: ctx.clock.next(),
        ...(home !== undefined && { view: wireHome(ctx, home) }),
      });
    },
    async shortcut(userId, callbackId) {
      const attempt = await sendInteraction(client, userId, {
        type: 'shortcut',
        ...interaction(ctx, userId),
        trigger_id: ctx.triggers.issue(userId),
        callback_id: callbackId,
        action_ts: ctx.clock.next(),
      });
      return acknowledged(attempt);
    },
    invite(channelId) {
      const channel = ctx.channels.get(channelId);
      if (channel === undefined) throw new Error(`There is no channel ${channelId}.`);
      ctx.channels.set(channelId, { ...channel, isBotMember: true });
    },
    async archive(userId, channelId) {
      const { channel } = placeOf(ctx, userId, channelId);
      ctx.channels.set(channelId, { ...channel, isArchived: true });
      if (!channel.isBotMember) return;
      const event = { type: 'channel_archive', channel: channelId, user: userId, event_ts: ctx.clock.next() };
      await ctx.sendEvent(event);
    },
  };
}
