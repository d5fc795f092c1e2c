import type { WalkedBlock } from './blocks/walk.ts';
import type { SlackContext } from './context.ts';
import { verificationToken } from './events.ts';
import type { ChannelRecord, MessageRecord } from './records.ts';
import type { ResponseTarget } from './response-urls.ts';
import type { StateValues } from './view-state.ts';
import { wireMessage } from './wire.ts';

/** Where a person acts: what stands in `container` and beside it. */
export type Place =
  | { kind: 'message'; message: MessageRecord; values: StateValues }
  | { kind: 'view'; view: { id: string; state: { values: StateValues } } };

/** What all interactions have in common. Source: block_actions and view payloads. */
export function interaction(ctx: SlackContext, userId: string) {
  const { identity } = ctx;
  const user = ctx.users.get(userId);
  const name = user?.name ?? userId;
  return {
    user: {
      id: userId,
      username: name.toLowerCase().replaceAll(/\s+/g, '.'),
      name,
      team_id: user?.teamId ?? identity.teamId,
    },
    api_app_id: identity.appId,
    token: verificationToken,
    team: { id: identity.teamId, domain: 'kaggle-agent' },
    enterprise: null,
    is_enterprise_install: false,
  };
}

export function blockActions(
  ctx: SlackContext,
  input: { userId: string; place: Place; block: WalkedBlock; action: Record<string, unknown> },
) {
  const { userId, place, block, action } = input;
  return {
    type: 'block_actions',
    ...interaction(ctx, userId),
    trigger_id: ctx.triggers.issue(userId),
    ...placeFields(ctx, userId, place),
    actions: [{ ...action, block_id: block.blockId, action_ts: ctx.clock.next() }],
  };
}

function placeFields(ctx: SlackContext, userId: string, place: Place) {
  if (place.kind === 'view') {
    return { container: { type: 'view', view_id: place.view.id }, view: place.view, state: place.view.state };
  }
  const { message } = place;
  const isEphemeral = message.ephemeralFor !== null;
  const original = { channel: message.channel, ts: message.ts };
  return {
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: isEphemeral,
      ...(message.threadTs !== null && { thread_ts: message.threadTs }),
    },
    channel: { id: message.channel, name: nameOf(ctx.channels.get(message.channel)) },
    ...(!isEphemeral && { message: wireMessage(ctx, message, true) }),
    state: { values: place.values },
    response_url: issueResponseUrl(ctx, { userId, channel: message.channel, original, isCommand: false }),
  };
}

/** Names of private places are not told. */
function nameOf(channel: ChannelRecord | undefined): string {
  if (channel === undefined) return '';
  if (channel.isIm) return 'directmessage';
  return channel.isPrivate ? 'privategroup' : channel.name;
}

export function issueResponseUrl(ctx: SlackContext, target: ResponseTarget): string {
  return `${ctx.origin()}/actions/${ctx.identity.teamId}/${ctx.responseUrls.issue(target)}`;
}

export function slashCommand(
  ctx: SlackContext,
  input: {
    userId: string;
    channel: ChannelRecord;
    command: string;
    text: string;
    responseUrl: string;
  },
) {
  const { userId, channel, command, text, responseUrl } = input;
  const { user } = interaction(ctx, userId);
  return {
    token: verificationToken,
    team_id: user.team_id,
    team_domain: 'kaggle-agent',
    channel_id: channel.id,
    channel_name: nameOf(channel),
    user_id: userId,
    user_name: user.username,
    command,
    text,
    api_app_id: ctx.identity.appId,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: ctx.triggers.issue(userId),
  };
}
