import { once } from 'node:events';
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { SlackWorkspace, SlackWorkspaceOptions } from '../../../src/embedded/slack/contract.ts';
import { startSlackWorkspace } from '../../../src/embedded/slack/workspace.ts';
import { freePort } from '../../support/free-port.ts';

export const quick = { retries: 0 } as const;

export async function aWorkspace(options: Partial<SlackWorkspaceOptions> = {}): Promise<SlackWorkspace> {
  const workspace = await startSlackWorkspace({
    port: 0,
    channels: ['kaggle', 'lab'],
    users: [
      { name: 'mika', isAdmin: true, locale: 'ja-JP', tz: 'Asia/Tokyo', email: 'mika@example.com' },
      { name: 'noor' },
    ],
    folder: null,
    now: () => new Date(),
    rateLimits: 0,
    ...options,
  });
  onTestFinished(() => workspace.close());
  return workspace;
}

export function aClient(workspace: SlackWorkspace, token = workspace.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: quick,
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    timeout: 5000,
  });
}

/** The real Bolt app over Socket Mode; `prepare` adds its listeners. */
export async function aBoltApp(workspace: SlackWorkspace, prepare: (app: App) => void): Promise<App> {
  const clientOptions = { slackApiUrl: workspace.apiUrl, retryConfig: quick, timeout: 5000 };
  const receiver = new SocketModeReceiver({
    appToken: workspace.appToken,
    clientPingTimeout: 1500,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions: { ...clientOptions } },
  });
  const app = new App({
    token: workspace.botToken,
    receiver,
    clientOptions: { ...clientOptions },
    logLevel: LogLevel.ERROR,
  });
  prepare(app);
  await app.start();
  onTestFinished(async () => {
    await app.stop();
  });
  return app;
}

/** The real Bolt app that is reached by HTTP. */
export async function anHttpApp(
  options: Partial<SlackWorkspaceOptions>,
  prepare: (app: App) => void,
): Promise<SlackWorkspace> {
  const port = await freePort();
  const workspace = await aWorkspace({ ...options, requestUrl: `http://127.0.0.1:${port}/slack/events` });
  const receiver = new HTTPReceiver({ signingSecret: workspace.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    token: workspace.botToken,
    receiver,
    clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: quick },
    logLevel: LogLevel.ERROR,
  });
  prepare(app);
  await app.start(port);
  onTestFinished(async () => {
    await app.stop();
  });
  return workspace;
}

export function channelId(workspace: SlackWorkspace, name = 'kaggle'): string {
  return idOf(
    workspace.channels().filter(({ isIm }) => !isIm),
    name,
  );
}

export function userId(workspace: SlackWorkspace, name = 'mika'): string {
  return idOf(workspace.users(), name);
}

function idOf(list: readonly { id: string; name: string }[], name: string): string {
  const found = list.find((item) => item.name === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found.id;
}

/** Direct messages between the app and a person. */
export function dmOf(workspace: SlackWorkspace, name = 'mika'): string {
  const user = userId(workspace, name);
  const channel = workspace.channels().find((candidate) => candidate.userId === user);
  if (channel === undefined) throw new Error(`${name} has no direct messages.`);
  return channel.id;
}

/** A connection of our own, for an app that behaves in its own way. It collects what it is sent. */
export async function aRawSocket(
  workspace: SlackWorkspace,
): Promise<{ socket: WebSocket; received: Received[] }> {
  const { url } = await aClient(workspace, workspace.appToken).apps.connections.open();
  const socket = new WebSocket(url ?? '');
  const [hello] = await once(socket, 'message');
  expect(JSON.parse(String(hello))).toMatchObject({ type: 'hello', num_connections: 1 });
  const received: Received[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  return { socket, received };
}

export type Received = { envelope_id?: string; type: string; payload?: { event?: Record<string, unknown> } };

/** Acknowledges whatever comes. */
export function acknowledgeAll(socket: WebSocket): void {
  socket.on('message', (data) => {
    const { envelope_id } = JSON.parse(String(data));
    if (envelope_id !== undefined) socket.send(JSON.stringify({ envelope_id, payload: {} }));
  });
}
