import { createVerify, generateKeyPairSync, randomUUID } from 'node:crypto';
import { z } from 'zod';

const claimsSchema = z.strictObject({
  iss: z.string(),
  scope: z.string(),
  aud: z.string(),
  exp: z.number(),
  iat: z.number(),
});

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const email = 'agent@my-project.iam.gserviceaccount.com';

/** A service account, its key as Google gives it, and the endpoint that exchanges signed claims for tokens. */
export function createTokenEndpoint() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const live = new Set<string>();

  return {
    /** The JSON that Google gives. */
    key: JSON.stringify({
      type: 'service_account',
      project_id: 'my-project',
      private_key_id: 'abc',
      private_key: privateKey,
      client_email: email,
      token_uri: 'https://oauth2.googleapis.com/token',
    }),
    isLive: (token: string) => live.has(token),
    /** As when they are revoked, or end before their time. */
    endAll: () => live.clear(),
    count: () => live.size,

    exchange(body: string, contentType: string, url: string): { status: number; body: unknown } {
      const refuse = (description: string) => {
        return { status: 400, body: { error: 'invalid_grant', error_description: description } };
      };
      if (!contentType.startsWith('application/x-www-form-urlencoded')) {
        return { status: 400, body: { error: 'invalid_request', error_description: 'not a form' } };
      }
      const form = new URLSearchParams(body);
      if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
        return { status: 400, body: { error: 'unsupported_grant_type', error_description: '' } };
      }
      const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
      const verifier = createVerify('RSA-SHA256').update(`${head}.${claims}`);
      if (!verifier.verify(publicKey, Buffer.from(signature, 'base64url'))) {
        return refuse('Invalid JWT Signature.');
      }
      const parsed = claimsSchema.safeParse(JSON.parse(Buffer.from(claims, 'base64url').toString()));
      if (!parsed.success) return refuse('Invalid JWT: claims.');
      const { iss, aud, exp, iat } = parsed.data;
      if (iss !== email) return refuse('Invalid grant: account not found');
      if (aud !== url || parsed.data.scope !== scope) return refuse('Invalid JWT: audience or scope.');
      if (exp - iat > 3600 || exp * 1000 < Date.now()) {
        return refuse('Invalid JWT: Token must be a short-lived token (60 minutes).');
      }
      const token = `ya29.${randomUUID()}`;
      live.add(token);
      return { status: 200, body: { access_token: token, expires_in: 3599, token_type: 'Bearer' } };
    },
  };
}
