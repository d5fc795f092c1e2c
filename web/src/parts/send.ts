import type { Deeds } from '../state/deeds.ts';

const slash = /^(\/[\w-]+)(?:\s+([\s\S]*))?$/;

/** What somebody typed: a slash command, or a message. @returns false where it did not get through */
export async function send(
  deeds: Deeds,
  line: { text: string; channel: string; thread: string | null },
): Promise<boolean> {
  const { text, channel, thread } = line;
  const [, command, rest = ''] = slash.exec(text) ?? [];
  if (command !== undefined && thread === null) {
    return await deeds.call('slash', { channel, command: command.toLowerCase(), text: rest.trim() });
  }
  return await deeds.call('say', {
    channel,
    text,
    ...(thread === null ? {} : { threadTs: thread }),
  });
}

/** Slack runs no slash command in a thread. */
export function threadRefusal(text: string): string | null {
  const command = slash.exec(text.trim())?.[2];
  if (!text.trim().startsWith('/')) return null;
  return `Slash commands do not work in threads. Write: @kaggle ${command ?? 'status'}`;
}
