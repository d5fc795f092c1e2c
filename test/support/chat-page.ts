import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebClient } from '@slack/web-api';
import { onTestFinished } from 'vitest';
import { type ChatPageOptions, startChatPage } from '../../src/embedded/page/start-chat-page.ts';
import { startSlackWorkspace } from '../../src/embedded/slack/workspace.ts';
import { silentLog } from './silent-log.ts';
import { tempFolder } from './temp-folder.ts';

export const pageKey = 'the-key-of-this-test';

/** A workspace of two people and its chat page, both gone when the test ends. */
export async function aChatPage(options: Partial<ChatPageOptions> = {}) {
  const workspace = await startSlackWorkspace({
    port: 0,
    channels: ['kaggle', 'kaggle-alerts'],
    users: [
      { name: 'mika', tz: 'Asia/Tokyo', isAdmin: true },
      { name: 'sakura', locale: 'ja-JP', tz: 'Asia/Tokyo' },
    ],
    folder: null,
    now: () => new Date(),
    rateLimits: 0,
  });
  onTestFinished(() => workspace.close());
  const pageOptions = {
    workspace,
    port: 0,
    key: pageKey,
    log: silentLog,
    staticFolder: options.staticFolder ?? (await aStaticFolder()),
    ...options,
  };
  const open = async (port: number) => {
    const opened = await startChatPage({ ...pageOptions, port });
    onTestFinished(() => opened.close());
    return opened;
  };
  const chatPage = await open(pageOptions.port);
  const [mika, sakura] = workspace.users();
  const channel = workspace.channels().find(({ name, isIm }) => name === 'kaggle' && !isIm);
  if (mika === undefined || sakura === undefined || channel === undefined)
    throw new Error('an empty workspace');
  /** The app's side. */
  const bot = new WebClient(workspace.botToken, { slackApiUrl: workspace.apiUrl });
  const { origin, port } = new URL(chatPage.url);
  /** After it was closed: at the same address, with the same key. */
  const openAgain = () => open(Number(port));
  return { workspace, bot, chatPage, openAgain, origin, mika, sakura, channel };
}

/** Uploads a file as the app does. @returns its id, for an image block */
export async function uploadFile(bot: WebClient, filename: string, bytes: Buffer): Promise<string> {
  const { upload_url: url, file_id: id } = await bot.files.getUploadURLExternal({
    filename,
    length: bytes.byteLength,
  });
  if (url === undefined || id === undefined) throw new Error('no place to upload to');
  await fetch(url, { method: 'POST', body: new Uint8Array(bytes) });
  await bot.files.completeUploadExternal({ files: [{ id, title: filename }] });
  return id;
}

/** In place of a built page. */
async function aStaticFolder(): Promise<string> {
  const folder = await tempFolder();
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>the page</title>');
  await writeFile(join(folder, 'assets/app-1.js'), 'export {};');
  return folder;
}
