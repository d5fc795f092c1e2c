import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { vaultFieldsOf } from '../config/vault-layout.ts';
import type { Actor } from '../domain/actor.ts';
import { asFailure, ConfigurationFailure, type Failure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { alertPeople, clearPeopleAlert } from '../flows/human-loop/alert.ts';
import type { VaultChange } from '../infra/vault/keeper.ts';
import type { KnownSecret } from '../infra/vault/secret-store.ts';
import { listAlerts, recordAudit } from '../state/alerts.ts';
import type { StatePort } from '../state/port.ts';
import type { VaultLink } from './secrets.ts';

const dayMs = 86_400_000;
/** Ages change slowly; that the secrets are too old to go on with should be told soon. */
const lookEveryMs = 60_000;
const loginAlert = 'secret-login';
const graceAlert = 'secret-grace';
const ageAlert = (name: string): string => `secret-age:${name}`;

/** From that age on, in days, a person is asked for a new value. */
export function renewAfterDays({ renewAfterDays: own }: KnownSecret, maxAgeDays: number): number {
  return own ?? maxAgeDays;
}

export function ageDays({ createdAt }: KnownSecret, now: Date): number {
  return Math.floor((now.getTime() - createdAt.getTime()) / dayMs);
}

export type SecretsWatch = { stop(): Promise<void> };

/**
 * Looks after what came from Vault for as long as the agent works: follows rotations, writes into the audit log who read
 * what (by name and version, never a value), and tells people of keys that only they can renew.
 */
export function watchSecrets(
  vault: VaultLink,
  options: { state: StatePort; keyMaxAgeDays: number; log: Log; now: () => Date; lookEveryMs?: number },
): SecretsWatch {
  const { state, log, keyMaxAgeDays } = options;
  const actor: Actor = { type: 'job', name: 'secrets', runId: `${hostname()}-${process.pid}` };
  const stopping = new AbortController();
  let writing: Promise<void> = Promise.resolve();
  // One after the other, so that the log has them in their order.
  const then = (work: () => Promise<void>): void => {
    writing = writing.then(work).catch((error: unknown) => {
      log.warn({ err: asFailure(error) }, 'what happened to a secret could not be written down');
    });
  };
  const audit = (action: string, { secrets, hasNewDatabaseLogin }: VaultChange): void =>
    then(async () => {
      const login = hasNewDatabaseLogin ? [{ name: 'database login', version: null }] : [];
      for (const { name, version } of [...secrets, ...login]) {
        await recordAudit(state, { actor, action, competitionId: null, details: { name, version } });
      }
    });
  const look = (): void =>
    then(() => tellPeople({ state, actor }, vault, { keyMaxAgeDays, now: options.now() }));

  audit('secret.read', vault.first);
  look();
  const unfollow = vault.onChange((change) => {
    audit('secret.rotated', change);
    look();
    for (const { name, version } of change.secrets)
      log.info({ name, version }, 'a secret is used in its new version');
  });
  vault.keeper.start();
  const looking = repeat(look, options.lookEveryMs ?? lookEveryMs, stopping.signal);
  return {
    async stop() {
      unfollow();
      stopping.abort(new Error('the secrets are no longer watched'));
      await looking;
      await writing;
    },
  };
}

async function repeat(work: () => void, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) work();
  }
}

type Told = { state: StatePort; actor: Actor };

/** One alert for each thing that a person should see to, as long as it lasts; told once, however many processes look. */
async function tellPeople(
  ctx: Told,
  { parts, keeper }: VaultLink,
  { keyMaxAgeDays, now }: { keyMaxAgeDays: number; now: Date },
): Promise<void> {
  const open = new Set((await listAlerts(ctx.state)).map(({ kind }) => kind));
  for (const one of parts.store.known()) {
    const kind = ageAlert(one.name);
    const days = ageDays(one, now);
    const isOld = days >= renewAfterDays(one, keyMaxAgeDays);
    if (isOld && !open.has(kind)) {
      await alertPeople(ctx, {
        kind,
        severity: 'warning',
        code: 'secret.old',
        message: ageMessage(one, days),
      });
    }
    if (!isOld && open.has(kind)) await clearPeopleAlert(ctx, kind);
  }
  await follow(ctx, open, { kind: loginAlert, severity: 'warning', failure: parts.session.trouble() });
  // That Vault does not answer is told by the health checks; that nothing goes on for that reason, here.
  const standing = keeper.standing();
  const failure = standing instanceof ConfigurationFailure ? standing : null;
  await follow(ctx, open, { kind: graceAlert, severity: 'critical', failure });
}

/** An alert that is there as long as there is a failure. */
async function follow(
  ctx: Told,
  open: ReadonlySet<string>,
  { kind, severity, failure }: { kind: string; severity: 'warning' | 'critical'; failure: Failure | null },
): Promise<void> {
  if (failure !== null && !open.has(kind)) {
    const { code, message } = failure;
    await alertPeople(ctx, { kind, severity, code, message });
  }
  if (failure === null && open.has(kind)) await clearPeopleAlert(ctx, kind);
}

function ageMessage({ name, fields, path }: KnownSecret, days: number): string {
  const known = fields.filter((field) => vaultFieldsOf(name).includes(field)).join(', ');
  return `${known} in Vault (${path}) has not been renewed for ${days} days. Make a new one where it comes from and write it there; the agent takes it over by itself.`;
}
