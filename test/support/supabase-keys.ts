import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** The roles of Supabase's API. */
export type ApiRole = 'anon' | 'authenticated' | 'service_role';

/** Signs every key of the stand-ins; at least 32 characters, as PostgREST wants. */
export const jwtSecret = 'a-secret-that-only-these-tests-know-of';

/** Keys of the newer kind, which no JWT lies behind. */
export const newKeys: Readonly<Record<string, ApiRole>> = {
  sb_secret_of_the_tests: 'service_role',
  sb_publishable_of_the_tests: 'anon',
};

const longLifeSeconds = 10 * 365 * 86_400;

/** A key of the older kind: a JWT with a role in it. */
export function keyFor(role: ApiRole, options: { secret?: string; livesSeconds?: number } = {}): string {
  const now = Math.floor(Date.now() / 1_000);
  const head = encode({ alg: 'HS256', typ: 'JWT' });
  const body = encode({
    role,
    iss: 'supabase',
    iat: now,
    exp: now + (options.livesSeconds ?? longLifeSeconds),
  });
  return `${head}.${body}.${sign(`${head}.${body}`, options.secret ?? jwtSecret)}`;
}

const claims = z.object({ role: z.enum(['anon', 'authenticated', 'service_role']), exp: z.number() });

/** What a key stands for; a reason where it is refused. */
export function roleOf(key: string): { role: ApiRole } | { refused: 'malformed' | 'signature' | 'expired' } {
  const known = newKeys[key];
  if (known !== undefined) return { role: known };
  const [head, body, signature, ...more] = key.split('.');
  if (head === undefined || body === undefined || signature === undefined || more.length > 0) {
    return { refused: 'malformed' };
  }
  const expected = Buffer.from(sign(`${head}.${body}`, jwtSecret));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return { refused: 'signature' };
  const parsed = claims.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()));
  if (!parsed.success) return { refused: 'malformed' };
  return parsed.data.exp * 1_000 < Date.now() ? { refused: 'expired' } : { role: parsed.data.role };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}
