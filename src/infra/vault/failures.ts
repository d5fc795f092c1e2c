import { z } from 'zod';
import { ConfigurationFailure, Failure, TransientFailure } from '../../domain/errors.ts';

/** What a person at Vault would call what we were doing. */
export type VaultCall =
  | { kind: 'login'; method: string }
  | { kind: 'token' }
  | { kind: 'path'; path: string };

/** An error of node-vault for an answer that is neither 200 nor 204. */
const refusalSchema = z.object({
  response: z.object({ statusCode: z.number(), body: z.unknown() }),
});
const errorsSchema = z.object({ errors: z.array(z.string()) });

export type Refusal = { status: number; errors: readonly string[]; body: unknown };

/** What Vault answered where it refused; null for any other error. */
export function refusalOf(error: unknown): Refusal | null {
  const parsed = refusalSchema.safeParse(error);
  if (!parsed.success) return null;
  const { statusCode: status, body } = parsed.data.response;
  return { status, errors: errorsSchema.safeParse(body).data?.errors ?? [], body };
}

/**
 * The failure behind a refusal that the client threw, without headers, bodies and values: only Vault's own words for it.
 * Anything else (a failure, the reason of an aborted signal) comes back as it is.
 * Source: Vault's documentation, "HTTP API", status codes.
 */
export function vaultFailure(error: unknown, call: VaultCall): unknown {
  const refusal = error instanceof Failure ? null : refusalOf(error);
  if (refusal === null) return error;
  return ofServer(refusal) ?? ofAddress(refusal) ?? ofCall(refusal, call);
}

/** Its own trouble, whatever was asked. */
function ofServer({ status, errors }: Refusal): Failure | null {
  if (status === 503 && errors.some((text) => /sealed/i.test(text))) {
    return new TransientFailure('Vault is sealed, so no secret can be read; unseal it.', {
      code: 'vault.sealed',
    });
  }
  if (status === 429) {
    return new TransientFailure('Vault asks to be called less often.', { code: 'vault.rate_limited' });
  }
  if (status >= 500 || status === 412 || status === 472 || status === 473) {
    return new TransientFailure(`Vault cannot answer at the moment (HTTP ${status}${because(errors)}).`, {
      code: 'vault.unavailable',
      details: { status },
    });
  }
  return null;
}

/** What answers is no Vault, or not the one to ask. */
function ofAddress({ status, errors, body }: Refusal): Failure | null {
  if (status >= 300 && status < 400) {
    return new ConfigurationFailure(
      'VAULT_ADDR leads to a node of Vault that sends us elsewhere; set it to the active node, or to what stands before all.',
      { code: 'vault.redirected', details: { status } },
    );
  }
  if (typeof body !== 'string' && (errors.length > 0 || status === 404)) return null;
  if (typeof body === 'string' && /HTTP request to an HTTPS server/i.test(body)) {
    return new ConfigurationFailure(
      'Vault speaks HTTPS at that port; set VAULT_ADDR to its https:// address.',
      {
        code: 'vault.bad_address',
      },
    );
  }
  return new ConfigurationFailure(
    `What answers at VAULT_ADDR does not speak as Vault does (HTTP ${status}); check the address.`,
    { code: 'vault.bad_address', details: { status } },
  );
}

function ofCall({ status, errors }: Refusal, call: VaultCall): Failure {
  const details = { status, errors };
  if (call.kind === 'login') {
    return new ConfigurationFailure(
      `Vault does not let us in by ${call.method} (HTTP ${status}${because(errors)}); check that login in Vault and in the settings.`,
      { code: 'vault.login_refused', details },
    );
  }
  if (call.kind === 'token') {
    return new ConfigurationFailure(
      `Vault does not know our token any more (HTTP ${status}${because(errors)}); set a valid VAULT_TOKEN.`,
      { code: 'vault.login_refused', details },
    );
  }
  if (status === 403) {
    return new ConfigurationFailure(
      `Vault does not let us use ${call.path}; give our token a policy that does (deploy/vault/policies).`,
      { code: 'vault.permission_denied', details: { ...details, path: call.path } },
    );
  }
  return new ConfigurationFailure(
    `Vault refuses ${call.path} (HTTP ${status}${because(errors)}); check VAULT_MOUNT, VAULT_PATH and the engine there.`,
    { code: 'vault.refused', details: { ...details, path: call.path } },
  );
}

function because(errors: readonly string[]): string {
  const words = errors.join(' ').replace(/\s+/g, ' ').trim().slice(0, 200);
  return words === '' ? '' : `: ${words}`;
}

const certificateCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

/** No answer came. Only the code of the cause is kept. */
export function unansweredFailure(error: unknown): Failure {
  const code = codeOf(error);
  if (certificateCodes.test(code)) {
    return new ConfigurationFailure(
      `The certificate of Vault cannot be trusted (${code}); set VAULT_CACERT to the authority that signed it, and VAULT_ADDR to the name that it is for.`,
      { code: 'vault.bad_certificate', details: { reason: code } },
    );
  }
  return new TransientFailure(`Vault does not answer at VAULT_ADDR (${code}).`, {
    code: 'vault.unreachable',
    details: { reason: code },
  });
}

function codeOf(error: unknown): string {
  let next = error;
  for (let depth = 0; depth < 5 && next instanceof Error; depth++) {
    if (next instanceof AggregateError && next.errors.length > 0) next = next.errors[0];
    if (next instanceof Error && 'code' in next && typeof next.code === 'string') return next.code;
    if (next instanceof Error && next.name === 'TimeoutError') return 'timeout';
    next = next instanceof Error ? next.cause : null;
  }
  return error instanceof Error ? error.name : 'no reason given';
}
