import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { createBoltLogger, createSlackClients, orAbort } from './clients.ts';
import { isTokenDead, slackErrorOf, slackFailure } from './slack-failure.ts';

/** Scopes: null where Slack did not tell. */
export type SlackOwner = { team: string; user: string; scopes: readonly string[] | null };
export type SlackPlace = { id: string; name: string; isPrivate: boolean; isMember: boolean };

const identitySchema = z.looseObject({
  team: z.string().default(''),
  user: z.string().default(''),
  /** Put there by the client, from the header x-oauth-scopes. */
  response_metadata: z.looseObject({ scopes: z.array(z.string()).optional() }).optional(),
});
const channelSchema = z.looseObject({
  id: z.string(),
  name: z.string().default(''),
  is_private: z.boolean().default(false),
  is_member: z.boolean().default(false),
  is_archived: z.boolean().default(false),
});
const pageSchema = z.looseObject({
  channels: z.array(channelSchema).default([]),
  response_metadata: z.looseObject({ next_cursor: z.string().default('') }).optional(),
});

const perPage = 200;
const mostPages = 10;

/** What connecting asks of Slack, before anything is started. All throw a Failure for people. */
export function createSlackConnectCalls({ apiUrl, log }: { apiUrl: string; log: Log }) {
  const logger = createBoltLogger(log);
  const clientOf = (token: string): WebClient =>
    createSlackClients({ token: { reveal: () => token }, apiUrl, logger }).lookups;

  return {
    /** The workspace, the app's name there and its scopes. @throws ConfigurationFailure `slack.token_refused` */
    async whose(botToken: string, signal: AbortSignal): Promise<SlackOwner> {
      const answer = await ask(() => clientOf(botToken).auth.test(), 'SLACK_BOT_TOKEN', signal);
      const { team, user, response_metadata } = identitySchema.parse(answer);
      return { team, user, scopes: response_metadata?.scopes ?? null };
    },
    /** An address that nobody connects to costs nothing. @throws ConfigurationFailure `slack.token_refused` */
    async tryAppToken(appToken: string, signal: AbortSignal): Promise<void> {
      await ask(() => clientOf(appToken).apps.connections.open({}), 'SLACK_APP_TOKEN', signal);
    },
    /** The channels that the app sees, its own first; none where it may not list them. */
    async channels(botToken: string, signal: AbortSignal): Promise<SlackPlace[]> {
      const client = clientOf(botToken);
      for (const types of ['public_channel,private_channel', 'public_channel']) {
        try {
          return sorted(await ask(() => allChannels(client, types, signal), 'SLACK_BOT_TOKEN', signal));
        } catch (error) {
          if (slackErrorOf(error) !== 'missing_scope') throw error;
        }
      }
      return [];
    },
    /** @throws ConfigurationFailure `slack.channel_not_found`, `slack.not_in_channel`, `slack.is_archived` */
    async channel(botToken: string, id: string, signal: AbortSignal): Promise<SlackPlace> {
      const look = () => clientOf(botToken).conversations.info({ channel: id });
      const answer = await ask(look, 'SLACK_BOT_TOKEN', signal);
      const { channel } = z.looseObject({ channel: channelSchema }).parse(answer);
      if (channel.is_archived) throw unusable('is_archived', `#${channel.name} is archived in Slack`);
      if (channel.is_private && !channel.is_member) {
        throw unusable(
          'not_in_channel',
          `The Slack app is not in #${channel.name}: type /invite @kaggle there`,
        );
      }
      return placeOf(channel);
    },
    async say(botToken: string, channel: string, text: string, signal: AbortSignal): Promise<void> {
      const { cards } = createSlackClients({ token: { reveal: () => botToken }, apiUrl, logger });
      await ask(() => cards.chat.postMessage({ channel, text }), 'SLACK_BOT_TOKEN', signal);
    },
  };
}

async function allChannels(client: WebClient, types: string, signal: AbortSignal): Promise<SlackPlace[]> {
  const found: SlackPlace[] = [];
  let cursor = '';
  for (let pages = 0; pages < mostPages; pages += 1) {
    const answer = await orAbort(
      client.conversations.list({
        types,
        exclude_archived: true,
        limit: perPage,
        ...(cursor === '' ? {} : { cursor }),
      }),
      signal,
    );
    const page = pageSchema.parse(answer);
    found.push(...page.channels.map(placeOf));
    cursor = page.response_metadata?.next_cursor ?? '';
    if (cursor === '') break;
  }
  return found;
}

function placeOf(channel: z.output<typeof channelSchema>): SlackPlace {
  const { id, name, is_private: isPrivate, is_member: isMember } = channel;
  return { id, name, isPrivate, isMember };
}

function sorted(channels: readonly SlackPlace[]): SlackPlace[] {
  return channels.toSorted(
    (a, b) => Number(b.isMember) - Number(a.isMember) || a.name.localeCompare(b.name, 'en'),
  );
}

/** @param setting the token that is used, for people */
async function ask<T>(call: () => Promise<T>, setting: string, signal: AbortSignal): Promise<T> {
  try {
    return await orAbort(call(), signal);
  } catch (error) {
    if (!isTokenDead(error)) throw slackFailure(error);
    throw new ConfigurationFailure(
      `Slack refuses ${setting} (${slackErrorOf(error)}); copy it anew from the app's pages at api.slack.com/apps.`,
      { code: 'slack.token_refused', cause: error },
    );
  }
}

function unusable(reason: string, what: string): ConfigurationFailure {
  return new ConfigurationFailure(`${what}; or choose another channel.`, { code: `slack.${reason}` });
}
