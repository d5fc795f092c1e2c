import { randomBytes } from 'node:crypto';
import { type Answer, answer, permissionDenied, refuse } from './answer.ts';
import { capabilitiesAt, type Rule } from './policies.ts';

export type Token = {
  id: string;
  policies: string[];
  path: string;
  issuedAtMs: number;
  /** Null: it never ends. */
  endsAtMs: number | null;
  ttlSeconds: number;
  maxTtlSeconds: number;
  isRenewable: boolean;
};

export type TokenTerms = {
  policies: string[];
  path: string;
  ttlSeconds: number;
  maxTtlSeconds: number;
  isRenewable: boolean;
};

export type Tokens = {
  issue(terms: TokenTerms): Token;
  /** The token of a request; null for none, an ended one, and one of nobody. */
  find(id: string): Token | null;
  revoke(id: string): void;
  count(): number;
  rulesOf(token: Token): Rule[];
  lookUp(token: Token): Answer;
  renew(token: Token): Answer;
};

export function createTokens(
  nowMs: () => number,
  policies: ReadonlyMap<string, readonly Rule[]>,
  onRevoked: (id: string) => void,
): Tokens {
  const tokens = new Map<string, Token>();
  const leftSeconds = (token: Token): number =>
    token.endsAtMs === null ? 0 : Math.max(0, Math.floor((token.endsAtMs - nowMs()) / 1_000));
  const end = (id: string): void => {
    if (tokens.delete(id)) onRevoked(id);
  };

  return {
    issue({ policies: named, path, ttlSeconds, maxTtlSeconds, isRenewable }) {
      const token = {
        id: `hvs.${randomBytes(18).toString('base64url')}`,
        policies: ['default', ...named],
        path,
        issuedAtMs: nowMs(),
        endsAtMs: ttlSeconds === 0 ? null : nowMs() + ttlSeconds * 1_000,
        ttlSeconds,
        maxTtlSeconds,
        isRenewable,
      };
      tokens.set(token.id, token);
      return token;
    },
    find(id) {
      const token = tokens.get(id);
      if (token === undefined) return null;
      if (token.endsAtMs === null || nowMs() < token.endsAtMs) return token;
      end(id);
      return null;
    },
    revoke: end,
    count: () => tokens.size,
    rulesOf: (token) => token.policies.flatMap((name) => [...(policies.get(name) ?? [])]),
    lookUp(token) {
      const { id, policies: named, path, ttlSeconds, isRenewable } = token;
      return answer({
        data: {
          accessor: 'accessor',
          creation_time: Math.floor(token.issuedAtMs / 1_000),
          creation_ttl: ttlSeconds,
          display_name: path,
          entity_id: '',
          expire_time: token.endsAtMs === null ? null : new Date(token.endsAtMs).toISOString(),
          explicit_max_ttl: 0,
          id,
          issue_time: new Date(token.issuedAtMs).toISOString(),
          meta: null,
          num_uses: 0,
          orphan: true,
          path,
          policies: named,
          renewable: isRenewable,
          ttl: leftSeconds(token),
          type: 'service',
        },
      });
    },
    renew(token) {
      if (!token.isRenewable) return refuse(400, 'lease is not renewable');
      const longest = token.issuedAtMs + token.maxTtlSeconds * 1_000;
      const wanted = nowMs() + token.ttlSeconds * 1_000;
      token.endsAtMs = Math.min(wanted, longest);
      const warnings =
        longest < wanted
          ? [`TTL of "${token.ttlSeconds}s" exceeded the effective max_ttl; TTL value is capped accordingly`]
          : [];
      return authAnswer(token, leftSeconds(token), warnings);
    },
  };
}

export function authAnswer(token: Token, seconds: number, warnings: string[] = []): Answer {
  return answer({
    warnings: warnings.length === 0 ? [] : warnings,
    auth: {
      client_token: token.id,
      accessor: 'accessor',
      policies: token.policies,
      token_policies: token.policies,
      metadata: {},
      lease_duration: seconds,
      renewable: token.isRenewable,
      entity_id: '',
      token_type: 'service',
      orphan: true,
      mfa_requirement: null,
      num_uses: 0,
    },
  });
}

/** @returns the refusal where the rules do not allow that */
export function refusalFor(rules: readonly Rule[], path: string, capability: string): Answer | null {
  return capabilitiesAt(rules, path).includes(capability) ? null : permissionDenied;
}
