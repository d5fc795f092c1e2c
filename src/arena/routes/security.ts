import { z } from 'zod';
import type { ArenaContext } from '../context.ts';
import { isSameText } from '../signing.ts';
import { type Answer, json, optionalText, readRequest } from './method.ts';

const introspectRequest = z.object({ token: optionalText });

/** An id for the one account; the vendor's are numbers of this size. */
const userId = 70_001;
const tokenLifeSeconds = 30 * 24 * 3600;

/** Whose token this is. An unknown one is only not active, which is a default value and so left out. */
export function introspectToken(ctx: ArenaContext, body: unknown): Answer {
  const { token } = readRequest(introspectRequest, body);
  if (!isSameText(token, ctx.credentials.token)) return json({ active: false });
  return json({
    active: true,
    clientId: '',
    username: ctx.credentials.username,
    userId,
    scope: 'resources.admin:*',
    exp: Math.floor(ctx.now().getTime() / 1000) + tokenLifeSeconds,
  });
}
