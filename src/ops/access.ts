import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createLoginLimit, type LoginLimit } from './login-limit.ts';
import { refusedPage } from './refused-page.ts';

/** The one user; who it is does not matter, but HTTP Basic wants a name. */
const userName = 'ops';
const realm = 'Basic realm="Kaggle Agent", charset="UTF-8"';
const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);
const loopbackAddress = /^(127\.|::1$|::ffff:127\.)/i;

export type AccessOptions = {
  /** Of this data folder; the printed addresses carry it. Counts from this machine only. */
  key: string;
  /** Of the user `ops`; read anew for each request, so that it may be renewed. Null: only this machine gets in. */
  password: { reveal(): string } | null;
  /** A wrong key or password was given. */
  onRefused?: () => void;
};

/** `key` wants the key or the password; `machine` is satisfied with this machine where no password is set. */
export type Needs = 'key' | 'machine';

type Verdict = 'ok' | 'login' | 'forbidden' | { waitSeconds: number };

/**
 * Lets in who knows the password: HTTP Basic as `ops`, or as a bearer token. On this machine the key counts as well:
 * by `?key=` once, which becomes a cookie, by the cookie, or as a bearer token.
 */
export function createAccess(options: AccessOptions) {
  const limit = createLoginLimit();
  const decide = (request: FastifyRequest, needs: Needs): Verdict => {
    if (isFromElsewhere(request)) return 'forbidden';
    const isLocal = isFromHere(request);
    if (options.password === null) {
      if (!isLocal) return 'forbidden';
      if (needs === 'machine') return 'ok';
    }
    return judge(options, limit, { request, isLocal });
  };
  return (needs: Needs) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const verdict = decide(request, needs);
      if (verdict !== 'ok') return await refuse(request, reply, verdict);
      await remember(request, reply, options.key);
    };
}

function judge(
  { key, password, onRefused }: AccessOptions,
  limit: LoginLimit,
  { request, isLocal }: { request: FastifyRequest; isLocal: boolean },
): Verdict {
  const cookie = cookieOf(request, cookieName(request));
  if (isLocal && cookie !== undefined && isSame(cookie, key)) return 'ok';
  const given = credentialOf(request);
  const refused: Verdict = password === null ? 'forbidden' : 'login';
  if (given === null) return refused;
  const waitSeconds = limit.waitSeconds(request.ip);
  if (waitSeconds > 0) return { waitSeconds };
  const isPassword = password !== null && given.kind !== 'key' && isSame(given.value, password.reveal());
  const isKey = isLocal && given.kind !== 'password' && isSame(given.value, key);
  if (isPassword || isKey) return 'ok';
  limit.failed(request.ip);
  onRefused?.();
  return refused;
}

type Credential = { kind: 'key' | 'password' | 'token'; value: string };

function credentialOf(request: FastifyRequest): Credential | null {
  const { authorization = '' } = request.headers;
  const [, scheme = '', value = ''] = /^(\w+) +(.+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', value };
  if (scheme.toLowerCase() === 'basic') {
    const [, user, password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? [];
    // A wrong name is a wrong login like any other.
    return { kind: 'password', value: user === userName ? password : '' };
  }
  const key = keyOf(request);
  if (key === undefined) return null;
  return { kind: 'key', value: typeof key === 'string' ? key : '' };
}

function keyOf({ query }: FastifyRequest): unknown {
  // Query strings come as anything.
  return (query as { key?: unknown }).key;
}

/** Digests are of one length whatever was given, so the time tells nothing of the secret. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return wanted !== '' && timingSafeEqual(digest(given), digest(wanted));
}

/** Asked on this machine by its own name: a page of the web under a name of its own (DNS rebinding) is not. */
function isFromHere({ ip, headers }: FastifyRequest): boolean {
  return loopbackAddress.test(ip) && loopbackHosts.has((headers.host ?? '').replace(/:\d+$/, ''));
}

/** Another site's page asks in the browser's name; a link that somebody follows is no such thing. */
function isFromElsewhere({ headers, method }: FastifyRequest): boolean {
  const { origin, host } = headers;
  if (origin !== undefined) return !URL.canParse(origin) || new URL(origin).host !== host;
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return headers['sec-fetch-mode'] !== 'navigate' || method !== 'GET';
}

/** Browsers share cookies among the ports of one machine. */
function cookieName({ socket }: FastifyRequest): string {
  return `kaggle_agent_ops_${socket.localPort ?? 0}`;
}

function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([one]) => one === name)?.[1];
}

/** The browser keeps the key, and the address that it shows and stores loses it. */
async function remember(request: FastifyRequest, reply: FastifyReply, key: string): Promise<void> {
  const given = keyOf(request);
  // Whoever came in by another way must not learn the key by asking with a wrong one.
  if (typeof given !== 'string' || !isSame(given, key) || !wantsPage(request)) return;
  const url = new URL(request.url, 'http://localhost');
  url.searchParams.delete('key');
  // Lax: a link followed from elsewhere arrives with the cookie; other sites' own requests do not.
  const cookie = `${cookieName(request)}=${key}; HttpOnly; SameSite=Lax; Path=/`;
  await reply.header('set-cookie', cookie).redirect(`${url.pathname}${url.search}`, 303);
}

export function wantsPage({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').includes('text/html');
}

const messages = {
  login: 'Log in as the user ops with the password of KAGGLE_AGENT_OPS_PASSWORD.',
  forbidden:
    'Only this machine gets in, with the key: open the address that Kaggle Agent printed when it started.',
  limited: 'Too many wrong passwords; wait a little.',
};

async function refuse(request: FastifyRequest, reply: FastifyReply, verdict: Exclude<Verdict, 'ok'>) {
  const [status, reason] =
    verdict === 'login'
      ? ([401, 'login'] as const)
      : verdict === 'forbidden'
        ? ([403, 'forbidden'] as const)
        : ([429, 'limited'] as const);
  if (verdict === 'login') void reply.header('www-authenticate', realm);
  if (typeof verdict === 'object') void reply.header('retry-after', verdict.waitSeconds);
  const message = messages[reason];
  void reply.code(status);
  if (wantsPage(request)) await reply.type('text/html; charset=utf-8').send(refusedPage(message));
  else await reply.send({ error: { code: `ops.${reason}`, message } });
}
