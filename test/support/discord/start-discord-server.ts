import { onTestFinished } from 'vitest';
import { type DiscordServer, type DiscordServerOptions, openDiscordServer } from './discord-server.ts';

/** The same for a test: it ends with it. */
export async function startDiscordServer(options: DiscordServerOptions = {}): Promise<DiscordServer> {
  const server = await openDiscordServer(options);
  onTestFinished(server.close);
  return server;
}
