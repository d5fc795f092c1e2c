import { z } from 'zod';
import type { PeopleSide } from './people-side.ts';
import type { Platform, Sight } from './sights.ts';

const timeoutMs = 10_000;
const postedSchema = z.union([
  z.object({ ok: z.literal(true), ts: z.string() }).transform(({ ts }) => ts),
  z.object({ id: z.string() }).transform(({ id }) => id),
]);

type Bare = { postMs: number; editMs: number };

/** The same message posted and rewritten by hand, in another channel: what one call costs without the agent. */
export async function bareCalls(
  people: PeopleSide,
  platform: Platform,
  seen: { post: Sight; edit: Sight },
): Promise<Bare> {
  const call = platform === 'slack' ? slackCall(people) : discordCall(people);
  const post = await call(seen.post.sent, null);
  const edit = await call(seen.edit.sent, post.id);
  return { postMs: post.elapsedMs, editMs: edit.elapsedMs };
}

type Call = (
  sent: Readonly<Record<string, unknown>>,
  messageId: string | null,
) => Promise<{ id: string; elapsedMs: number }>;

function slackCall({ slack }: PeopleSide): Call {
  const { workspace, other } = slack;
  return async ({ thread_ts: _thread, ts: _ts, ...sent }, messageId) => {
    const form = new URLSearchParams();
    const target = { channel: other, ...(messageId === null ? {} : { ts: messageId }) };
    for (const [key, value] of Object.entries({ ...sent, ...target })) form.set(key, String(value));
    const url = new URL(messageId === null ? 'chat.postMessage' : 'chat.update', workspace.apiUrl);
    return await timed(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${workspace.botToken}` },
      body: form,
    });
  };
}

function discordCall({ discord }: PeopleSide): Call {
  const { server, other } = discord;
  return async ({ nonce: _nonce, enforce_nonce: _enforce, ...sent }, messageId) => {
    const path = `channels/${other}/messages${messageId === null ? '' : `/${messageId}`}`;
    return await timed(`${server.apiUrl}/v10/${path}`, {
      method: messageId === null ? 'POST' : 'PATCH',
      headers: {
        authorization: `Bot ${server.world.botToken}`,
        'user-agent': 'DiscordBot (https://example.org, 1)',
        'content-type': 'application/json',
      },
      body: JSON.stringify(sent),
    });
  };
}

async function timed(url: string | URL, request: RequestInit): Promise<{ id: string; elapsedMs: number }> {
  const startedAt = performance.now();
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
  const body: unknown = await response.json();
  const elapsedMs = performance.now() - startedAt;
  const id = postedSchema.safeParse(body);
  if (!id.success) throw new Error(`a bare call failed: ${JSON.stringify(body)}`);
  return { id: id.data, elapsedMs };
}
