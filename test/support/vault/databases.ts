import { randomBytes, randomUUID } from 'node:crypto';
import { type Answer, answer, refuse } from './answer.ts';

export type DatabaseRole = {
  ttlSeconds: number;
  maxTtlSeconds: number;
  /** Makes and drops users where the test has a database; nothing where it has none. */
  create?: (login: { username: string; password: string }) => Promise<void>;
  drop?: (username: string) => Promise<void>;
};

type Lease = {
  id: string;
  role: DatabaseRole;
  username: string;
  tokenId: string;
  issuedAtMs: number;
  endsAtMs: number;
};

export type StaticRole = { username: string; password: string; rotationSeconds: number; rotatedAtMs: number };

export type Databases = {
  roles: Map<string, DatabaseRole>;
  staticRoles: Map<string, StaticRole>;
  leases(): readonly Lease[];
  makeLogin(role: string, tokenId: string): Promise<Answer>;
  readLogin(role: string): Answer;
  renew(leaseId: string, increment: number | undefined): Answer;
  revoke(leaseId: string): Promise<Answer>;
  /** With a token end all its leases. */
  revokeOf(tokenId: string): void;
};

/** The database engine. Source: Vault's API documentation, "Databases", "/sys/leases". */
export function createDatabases(nowMs: () => number): Databases {
  const roles = new Map<string, DatabaseRole>();
  const staticRoles = new Map<string, StaticRole>();
  const leases = new Map<string, Lease>();
  const alive = (lease: Lease): boolean => nowMs() < lease.endsAtMs;
  const drop = async (lease: Lease): Promise<void> => {
    leases.delete(lease.id);
    await lease.role.drop?.(lease.username);
  };

  return {
    roles,
    staticRoles,
    leases: () => [...leases.values()].filter(alive),
    async makeLogin(name, tokenId) {
      const role = roles.get(name);
      if (role === undefined) return refuse(400, `unknown role: ${name}`);
      const login = {
        username: `v-approle-${name}-${randomBytes(10).toString('hex')}`,
        password: `${randomBytes(8).toString('hex')}-/?%:@ ä`,
      };
      await role.create?.(login);
      const id = `database/creds/${name}/${randomUUID()}`;
      const endsAtMs = nowMs() + role.ttlSeconds * 1_000;
      leases.set(id, { id, role, username: login.username, tokenId, issuedAtMs: nowMs(), endsAtMs });
      return answer({ data: login, lease: { id, seconds: role.ttlSeconds, isRenewable: true } });
    },
    readLogin(name) {
      const role = staticRoles.get(name);
      if (role === undefined) return refuse(400, `unknown role: ${name}`);
      const { username, password, rotationSeconds, rotatedAtMs } = role;
      const ttl = Math.max(0, Math.floor((rotatedAtMs + rotationSeconds * 1_000 - nowMs()) / 1_000));
      return answer({
        data: {
          username,
          password,
          last_vault_rotation: new Date(rotatedAtMs).toISOString(),
          rotation_period: rotationSeconds,
          ttl,
        },
      });
    },
    renew(leaseId, increment) {
      const lease = leases.get(leaseId);
      if (lease === undefined || !alive(lease)) return refuse(400, 'lease not found');
      const wanted = nowMs() + (increment ?? lease.role.ttlSeconds) * 1_000;
      lease.endsAtMs = Math.min(wanted, lease.issuedAtMs + lease.role.maxTtlSeconds * 1_000);
      const seconds = Math.floor((lease.endsAtMs - nowMs()) / 1_000);
      return answer({ lease: { id: leaseId, seconds, isRenewable: true } });
    },
    async revoke(leaseId) {
      const lease = leases.get(leaseId);
      if (lease !== undefined) await drop(lease);
      return { status: 204 };
    },
    revokeOf(tokenId) {
      for (const lease of [...leases.values()]) if (lease.tokenId === tokenId) void drop(lease);
    },
  };
}
