import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { HTTPReceiver, type Logger } from '@slack/bolt';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { Revealable } from './clients.ts';
import type { SlackLink } from './link.ts';

const path = '/slack/events';
const maxBytes = 1_000_000;
/** Slack's own advice. Source: docs.slack.dev, "Verifying requests from Slack". */
const oldestSeconds = 300;
/** Clocks differ a little. */
const aheadSeconds = 30;
const mostRemembered = 50_000;

export type HttpLinkOptions = {
  signingSecret: Revealable;
  /** 0: any free port. */
  port: number;
  logger: Logger;
  log: Log;
  /** Requests that come before we know who we are are answered 503; Slack sends events again. */
  identify: () => Promise<unknown>;
  now: () => Date;
};

/**
 * Requests of Slack, checked before Bolt sees them: signature, age, nothing from the future, nothing twice.
 * @returns the link, with the port once it has started
 */
export function createHttpLink(options: HttpLinkOptions): SlackLink & { port(): number | null } {
  const receiver = new HTTPReceiver({
    signingSecret: options.signingSecret.reveal(),
    endpoints: [path],
    logger: options.logger,
  });
  const isGenuine = createSignatureCheck(options);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    receive(request, response).catch((err: unknown) => {
      options.log.warn({ err }, 'a request of slack could not be read');
      if (!response.headersSent) answer(response, 400);
    });
  });

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.parse(request.url ?? '/', 'http://slack.invalid');
    if (url?.pathname !== path || request.method !== 'POST') return answer(response, 404);
    const body = await readBody(request);
    if (body === null) return answer(response, 413);
    if (!isSslCheck(request, body) && !isGenuine(request.headers, body)) {
      options.log.warn({}, 'a request without a genuine signature of slack was refused');
      return answer(response, 401);
    }
    try {
      await options.identify();
    } catch {
      return answer(response, 503);
    }
    // Bolt compares the type with exactly this one, without a charset.
    const [type] = (request.headers['content-type'] ?? '').split(';');
    request.headers['content-type'] = type?.trim() ?? '';
    receiver.requestListener(Object.assign(request, { rawBody: body }), response);
  };

  return {
    mode: 'http',
    receiver,
    trouble: () => null,
    port: () => portOf(server),
    start: () => listen(server, options.port),
    async stop() {
      if (!server.listening) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

/** Slack's check of the certificate has no signature; Bolt answers it and reads nothing else of it. */
function isSslCheck(request: IncomingMessage, body: Buffer): boolean {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return isForm && new URLSearchParams(body.toString('utf8')).get('ssl_check') === '1';
}

/** @returns whether a request is Slack's, of these minutes, and has not been here before */
function createSignatureCheck({ signingSecret, now }: Pick<HttpLinkOptions, 'signingSecret' | 'now'>) {
  const seen = new Map<string, number>();
  const forget = (nowSeconds: number): void => {
    for (const [signature, untilSeconds] of seen) {
      if (untilSeconds >= nowSeconds && seen.size <= mostRemembered) return;
      seen.delete(signature);
    }
  };
  return (headers: IncomingMessage['headers'], body: Buffer): boolean => {
    const stamp = headers['x-slack-request-timestamp'];
    const signature = headers['x-slack-signature'];
    if (typeof stamp !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(stamp)) return false;
    const nowSeconds = Math.floor(now().getTime() / 1_000);
    const ageSeconds = nowSeconds - Number(stamp);
    if (ageSeconds > oldestSeconds || ageSeconds < -aheadSeconds) return false;
    const hash = createHmac('sha256', signingSecret.reveal()).update(`v0:${stamp}:`).update(body);
    const expected = Buffer.from(`v0=${hash.digest('hex')}`);
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    forget(nowSeconds);
    if (seen.has(signature)) return false;
    seen.set(signature, nowSeconds + oldestSeconds + aheadSeconds);
    return true;
  };
}

/** @returns null for more than anybody at Slack would send */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > maxBytes) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 413 ? { connection: 'close' } : {});
  response.end();
}

async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new ConfigurationFailure(
      `Port ${port} is taken, so Slack cannot call the agent; set SLACK_HTTP_PORT to a free one.`,
      { code: 'slack.port_taken', cause },
    );
  }
  server.removeListener('error', reject);
}

function portOf(server: Server): number | null {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : null;
}
