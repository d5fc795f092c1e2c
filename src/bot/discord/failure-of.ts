import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import {
  BusinessFailure,
  ConfigurationFailure,
  Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';

/** A 429 of its own kind: the message is older than an hour and was changed too often. */
export class OldMessageRefused extends Error {}

/** Source: docs.discord.com, "Opcodes and Status Codes", JSON error codes. */
export const codes = {
  missingAccess: 50_001,
  missingPermissions: 50_013,
  unknownGuild: 10_004,
  unknownChannel: 10_003,
  unknownMessage: 10_008,
  unknownInteraction: 10_062,
  pinsFull: 30_003,
  tooLarge: 40_005,
  alreadyAcknowledged: 40_060,
  invalidBody: 50_035,
  archived: 50_083,
  threadExists: 160_004,
  locked: 160_005,
  blockedByAutoMod: 200_000,
} as const;

/** Discord's own number for what went wrong; null where it did not say. */
export function codeOf(error: unknown): number | null {
  return error instanceof DiscordAPIError && typeof error.code === 'number' ? error.code : null;
}

/** @param channel where it was tried, for people */
export function failureOf(error: unknown, channel: string): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof RateLimitError) {
    return new TransientFailure('Discord asks to wait before anything more is sent.', {
      code: 'discord.rate_limited',
      cause: error,
      retryAfterMs: Math.max(1, Math.ceil(error.retryAfter)),
    });
  }
  if (error instanceof HTTPError) {
    return new TransientFailure('Discord does not work at the moment.', {
      code: 'discord.unavailable',
      cause: error,
    });
  }
  if (error instanceof DiscordAPIError) return apiFailureOf(error, channel);
  if (isNetworkError(error)) {
    return new TransientFailure('Discord does not answer.', { code: 'discord.unreachable', cause: error });
  }
  return new SystemFailure('Something in the Discord part broke.', { code: 'unexpected', cause: error });
}

function apiFailureOf(error: DiscordAPIError, channel: string): Failure {
  const options = { cause: error, details: { code: error.code, status: error.status } };
  if (error.status === 401) return badToken(error);
  if (error.code === codes.missingPermissions || error.code === codes.missingAccess || error.status === 403) {
    return new ConfigurationFailure(
      `A permission is missing in the Discord channel ${channel}: a server admin can allow View Channel, Send Messages, Attach Files, Read Message History, Create Public Threads and Send Messages in Threads under Channel settings, Permissions.`,
      { code: 'discord.permission', ...options },
    );
  }
  if (error.code === codes.unknownChannel) {
    return new ConfigurationFailure(
      `There is no Discord channel ${channel} that the bot can see; look at DISCORD_CHANNEL_ID and at the channel's permissions.`,
      { code: 'discord.channel', ...options },
    );
  }
  if (error.status === 429 || error.status === 408) {
    return new TransientFailure('Discord asks to wait.', { code: 'discord.rate_limited', ...options });
  }
  if (error.code === codes.blockedByAutoMod) {
    return new BusinessFailure('AutoMod of the Discord server blocked this message.', {
      code: 'discord.blocked',
      ...options,
    });
  }
  return new BusinessFailure('Discord refuses this message.', { code: 'discord.refused', ...options });
}

export function badToken(cause: unknown): ConfigurationFailure {
  return new ConfigurationFailure(
    'Discord refuses the bot token: set DISCORD_TOKEN to the one on the page "Bot" of your Discord application.',
    { code: 'discord.token', cause },
  );
}

function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    error.name === 'AbortError' ||
    error.name === 'TimeoutError' ||
    /^(E[A-Z]+|UND_ERR_\w+)$/.test(code) ||
    error.message === 'fetch failed'
  );
}
