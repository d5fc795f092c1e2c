import { gaxios, JWT } from 'google-auth-library';
import { z } from 'zod';
import type { Secret } from '../../config/secret.ts';
import { ConfigurationFailure, Failure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { vendorName } from '../failure-of.ts';
import { type Fetch, parseJson } from '../http.ts';

/** What is used of a service account's key. Source: Google Cloud, "Create and delete service account keys". */
const keySchema = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
});

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const callTimeoutMs = 30_000;
/** A token is renewed before its last minutes, so that no call begins with one that ends under way. */
const renewBeforeMs = 5 * 60_000;

export type GoogleTokens = {
  /**
   * A token that is good for some minutes at least.
   * @param refused a token that was just refused: another one is fetched
   * @throws ConfigurationFailure `<vendor>.bad_key`, `<vendor>.key_refused`; TransientFailure `<vendor>.unreachable`,
   * `<vendor>.failing`
   */
  token(options: { signal: AbortSignal; refused?: string }): Promise<string>;
};

/** Tokens for a service account: its key signs a claim, and Google's endpoint gives a token for that. */
export function createGoogleTokens(options: {
  /** Lower-case; prefix of the error codes. */
  vendor: string;
  /** The JSON that Google gives. */
  key: Secret;
  tokenUrl: string;
  fetch: Fetch;
}): GoogleTokens {
  let current: { text: string; client: JWT } | null = null;
  let refusedToken: string | null = null;

  const clientOf = (text: string): JWT => {
    if (current?.text !== text) current = { text, client: createClient(options, text) };
    return current.client;
  };

  return {
    async token({ signal, refused }) {
      signal.throwIfAborted();
      if (refused !== undefined && refused !== refusedToken) {
        refusedToken = refused;
        current = null;
      }
      const client = clientOf(options.key.reveal());
      try {
        const { token } = await orAborted(client.getAccessToken(), signal);
        if (typeof token === 'string' && token !== '') return token;
      } catch (error) {
        signal.throwIfAborted();
        throw failureOf(options.vendor, error);
      }
      throw new SystemFailure('Google gave no token.', { code: `${options.vendor}.bad_response` });
    },
  };
}

function createClient({ vendor, tokenUrl, fetch }: Parameters<typeof createGoogleTokens>[0], text: string) {
  const key = readKey(vendor, text);
  const transporter = new gaxios.Gaxios({
    // The library knows one endpoint only; redirects would take the signed claim elsewhere.
    fetchImplementation: (_, init) =>
      fetch(tokenUrl, { ...init, redirect: 'error', signal: AbortSignal.timeout(callTimeoutMs) }),
  });
  transporter.interceptors.request.add({
    // Attempts are the policy's business.
    resolved: async (config) => Object.assign(config, { retry: false, retryConfig: { retry: 0 } }),
  });
  return new JWT({
    email: key.client_email,
    key: key.private_key,
    scopes: [scope],
    // Source: google-auth-library 11.3 gtoken/jwsSign.js: claims given here win over the fixed audience.
    additionalClaims: { aud: tokenUrl },
    eagerRefreshThresholdMillis: renewBeforeMs,
    transporter,
  });
}

function readKey(vendor: string, text: string): z.output<typeof keySchema> {
  const parsed = keySchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw badKey(vendor);
}

function badKey(vendor: string): ConfigurationFailure {
  return new ConfigurationFailure(
    `The service account's key for ${vendorName(vendor)} is not the JSON that Google gives; download it anew.`,
    { code: `${vendor}.bad_key` },
  );
}

/** Errors of the library carry the request with the signed claim, so none goes on as a cause. */
function failureOf(vendor: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const name = vendorName(vendor);
  if (error instanceof gaxios.GaxiosError) {
    const status = error.status ?? error.response?.status;
    if (status === undefined) {
      return new TransientFailure(`The endpoint that gives tokens for ${name} did not answer.`, {
        code: `${vendor}.unreachable`,
        details: { surelyNothingHappened: true },
      });
    }
    if (status >= 500 || status === 429 || status === 408) {
      return new TransientFailure(
        `The endpoint that gives tokens for ${name} has trouble of its own (HTTP ${status}).`,
        { code: `${vendor}.failing`, details: { status, surelyNothingHappened: true } },
      );
    }
    return new ConfigurationFailure(
      `Google refused the service account's key for ${name}: it was deleted or disabled, or this machine's clock is wrong.`,
      { code: `${vendor}.key_refused`, details: { status } },
    );
  }
  return badKey(vendor);
}

/** The library takes no signal; what it fetches ends by its own timeout. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
