import type { SlackContext } from '../context.ts';
import type { Acknowledged } from '../contract.ts';
import { type Mentionable, typedText } from '../escaping.ts';
import { issueResponseUrl, slashCommand } from '../payloads.ts';
import { post } from '../posting.ts';
import type { MessageRecord } from '../records.ts';
import { answerCommand } from '../respond.ts';
import type { ResponseTarget } from '../response-urls.ts';
import { acknowledged, type Client, placeOf, sendCommand } from './deliver.ts';

/** Types a slash command. Slack's client refuses commands that no app has. */
export async function typeCommand(
  client: Client,
  input: { userId: string; channel: string; command: string; text: string },
): Promise<Acknowledged> {
  const { ctx } = client;
  const { userId, command } = input;
  const { channel } = placeOf(ctx, userId, input.channel);
  if (!ctx.commands.includes(command) || !ctx.scopes.has('commands'))
    throw new Error(`${command} is not a valid command.`);
  // The app asks for it in its manifest: `should_escape`.
  const text = typedText(input.text, mentionables(ctx, true));
  const target: ResponseTarget = { userId, channel: channel.id, original: null, isCommand: true };
  const responseUrl = issueResponseUrl(ctx, target);
  const attempt = await sendCommand(
    client,
    userId,
    slashCommand(ctx, { userId, channel, command, text, responseUrl }),
  );
  if (attempt.isAcknowledged && !answerCommand(ctx, target, attempt.payload, `${command} ${text}`.trim())) {
    ctx.trouble(userId, 'dispatch_failed');
  }
  return acknowledged(attempt);
}

/** Writes a message. The app hears it in its direct messages, and where it is a member and mentioned. */
export async function say(
  { ctx }: Client,
  input: { userId: string; channel: string; text: string; threadTs: string | undefined },
): Promise<{ ts: string }> {
  const { userId } = input;
  const { user, channel } = placeOf(ctx, userId, input.channel);
  if (channel.isArchived) throw new Error(`#${channel.name} is archived.`);
  const parent = input.threadTs === undefined ? null : ctx.messages.get(channel.id, input.threadTs);
  if (input.threadTs !== undefined && parent === null)
    throw new Error(`There is no thread ${input.threadTs}.`);
  const message = post(ctx, {
    channel: channel.id,
    user: userId,
    isBot: false,
    text: typedText(input.text, mentionables(ctx, false)),
    threadTs: parent?.threadTs ?? parent?.ts ?? null,
  });
  const team = user.teamId ?? ctx.identity.teamId;
  if (channel.isIm) {
    await ctx.sendEvent({ ...spoken(message), team, type: 'message', channel_type: 'im' });
  } else if (message.text.includes(`<@${ctx.identity.botUserId}>`)) {
    // Somebody outside hears nothing; Slack's client offers to invite the app.
    if (!channel.isBotMember) ctx.trouble(userId, 'not_in_channel');
    else await ctx.sendEvent({ ...spoken(message), team, type: 'app_mention' });
  }
  return { ts: message.ts };
}

function spoken({ user, text, ts, channel, threadTs }: MessageRecord) {
  return {
    user,
    text,
    ts,
    channel,
    ...(threadTs !== null && { thread_ts: threadTs }),
    event_ts: ts,
    client_msg_id: `${channel}-${ts}`,
  };
}

/** Commands carry names beside ids, messages ids alone. */
function mentionables(ctx: SlackContext, withNames: boolean): Mentionable[] {
  const label = (name: string) => (withNames ? `|${name}` : '');
  const people = ctx.users
    .values()
    .map(({ id, name }) => ({ name: `@${name}`, tag: `<@${id}${label(name)}>` }));
  const rooms = ctx.channels
    .values()
    .filter(({ isIm }) => !isIm)
    .map(({ id, name }) => ({ name: `#${name}`, tag: `<#${id}${withNames ? `|${name}` : ''}>` }));
  const groups = ctx.groups.values().map(({ id, handle }) => ({
    name: `@${handle}`,
    tag: `<!subteam^${id}${label(`@${handle}`)}>`,
  }));
  const app = { name: `@${ctx.appName}`, tag: `<@${ctx.identity.botUserId}${label(ctx.appName)}>` };
  return [app, ...people, ...groups, ...rooms];
}
