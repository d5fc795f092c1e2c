import { OAuth2Scopes, PermissionFlagsBits } from 'discord.js';

/** What the bot needs in its channels and nothing beyond, as Discord's settings call it in English. */
export const neededPermissions: readonly { bit: bigint; words: string }[] = [
  { bit: PermissionFlagsBits.ViewChannel, words: 'View Channel' },
  { bit: PermissionFlagsBits.SendMessages, words: 'Send Messages' },
  { bit: PermissionFlagsBits.EmbedLinks, words: 'Embed Links' },
  { bit: PermissionFlagsBits.AttachFiles, words: 'Attach Files' },
  { bit: PermissionFlagsBits.ReadMessageHistory, words: 'Read Message History' },
  { bit: PermissionFlagsBits.CreatePublicThreads, words: 'Create Public Threads' },
  { bit: PermissionFlagsBits.SendMessagesInThreads, words: 'Send Messages in Threads' },
  { bit: PermissionFlagsBits.PinMessages, words: 'Pin Messages' },
];

/**
 * The address at which a server admin lets the bot in.
 * Source: docs.discord.com, "OAuth2", "Bot Authorization Flow"
 */
export function inviteUrl(applicationId: string): string {
  const scopes = [OAuth2Scopes.Bot, OAuth2Scopes.ApplicationsCommands].join('+');
  const permissions = neededPermissions.reduce((sum, { bit }) => sum | bit, 0n);
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=${scopes}&permissions=${permissions}`;
}
