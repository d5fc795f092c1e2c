import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Chart } from '../../domain/chart.ts';
import { TransientFailure } from '../../domain/errors.ts';
import { chartKey } from '../charts/draw-chart.ts';
import { cut } from '../shorten.ts';
import { orAbort } from './clients.ts';
import { limits } from './limits.ts';
import { createCache } from './seen.ts';
import { slackFailure } from './slack-failure.ts';

const uploadTimeoutMs = 20_000;
const keepMs = 24 * 3_600_000;
const mostKept = 300;

export type UploadOptions = {
  client: WebClient;
  fetch: typeof globalThis.fetch;
  draw: (chart: Chart) => Promise<Buffer>;
  now: () => Date;
};

export type Uploads = {
  /** The id of a picture's file, uploaded where it is not known yet. */
  chart(input: { chart: Chart; alt: string }, signal: AbortSignal): Promise<string>;
  /** From before a restart: spares an upload. */
  remember(chart: Chart, fileId: string): void;
  /** Slack does not have it any more, or not yet. */
  forget(chart: Chart): void;
  /** A text as a file that is shared at once. */
  text(
    file: { name: string; text: string },
    to: { channel: string; threadTs: string | null },
    signal: AbortSignal,
  ): Promise<void>;
};

const placeSchema = z.looseObject({ upload_url: z.url(), file_id: z.string() });

/**
 * Files in Slack's three steps. The library's own way would lose the words that stand for a picture.
 * Source: docs.slack.dev, files.getUploadURLExternal (`alt_txt`).
 */
export function createUploads({ client, fetch, draw, now }: UploadOptions): Uploads {
  const files = createCache<string>({ keepMs, most: mostKept, now });

  const send = async (
    file: { name: string; title: string; bytes: Buffer; alt: string | null },
    to: { channel: string; threadTs: string | null } | null,
    signal: AbortSignal,
  ): Promise<string> => {
    try {
      const asked = client.apiCall('files.getUploadURLExternal', {
        filename: file.name,
        length: file.bytes.length,
        ...(file.alt === null ? {} : { alt_txt: cut(file.alt, 1_000) }),
      });
      const place = placeSchema.parse(await orAbort(asked, signal));
      const answer = await fetch(place.upload_url, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: new Uint8Array(file.bytes),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(uploadTimeoutMs)]),
      });
      await answer.body?.cancel();
      if (!answer.ok) {
        throw new TransientFailure('Slack did not take a file; it is tried again by itself.', {
          code: 'slack.upload_failed',
          details: { status: answer.status },
        });
      }
      const completed = client.apiCall('files.completeUploadExternal', {
        files: [{ id: place.file_id, title: file.title }],
        ...(to === null ? {} : { channel_id: to.channel }),
        ...(to === null || to.threadTs === null ? {} : { thread_ts: to.threadTs }),
      });
      await orAbort(completed, signal);
      return place.file_id;
    } catch (error) {
      signal.throwIfAborted();
      throw slackFailure(error);
    }
  };

  return {
    chart: ({ chart, alt }, signal) =>
      files.read(chartKey(chart), async () => {
        const name = `${chart.slug.replace(/[^\w-]/g, '')}-${chart.kind}.png`;
        const title = cut(`${chart.slug} ${chart.kind}`, limits.header);
        return await send({ name, title, bytes: await draw(chart), alt }, null, signal);
      }),
    remember: (chart, fileId) => files.set(chartKey(chart), fileId),
    forget: (chart) => files.delete(chartKey(chart)),
    async text(file, to, signal) {
      const bytes = Buffer.from(file.text, 'utf8');
      await send({ name: file.name, title: file.name, bytes, alt: null }, to, signal);
    },
  };
}
