import { type ProcessRole, processRoles } from '../domain/roles.ts';

type Entry = {
  /** Settings that this secret may hold, as fields of the same name. */
  fields: readonly string[];
  /** Processes that need it. */
  roles: readonly ProcessRole[];
};

/**
 * Where secrets lie in Vault: one secret of the key-value engine for each service, at `<mount>/data/<path>/<name>`.
 * What is renewed together lies together. The policies in deploy/vault/policies follow this table; a test holds them to it.
 */
export const vaultLayout = {
  database: { fields: ['DATABASE_URL'], roles: processRoles },
  supabase: { fields: ['SUPABASE_SERVICE_ROLE_KEY'], roles: processRoles },
  redis: { fields: ['REDIS_URL'], roles: processRoles },
  storage: {
    fields: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
    roles: ['bot', 'worker', 'ops'],
  },
  kaggle: { fields: ['KAGGLE_API_TOKEN', 'KAGGLE_USERNAME', 'KAGGLE_KEY'], roles: ['bot', 'worker'] },
  agentspace: { fields: ['AGENTSPACE_SERVICE_ACCOUNT_JSON'], roles: ['worker'] },
  gemini: { fields: ['GEMINI_API_KEY'], roles: ['worker'] },
  claude: { fields: ['ANTHROPIC_API_KEY'], roles: ['worker'] },
  images: { fields: ['KAGGLE_AGENT_IMAGE_REGISTRY_PASSWORD'], roles: ['worker'] },
  saladcloud: { fields: ['SALAD_API_KEY'], roles: ['bot', 'worker'] },
  vast: { fields: ['VAST_API_KEY'], roles: ['bot', 'worker'] },
  wandb: { fields: ['WANDB_API_KEY'], roles: ['bot', 'worker'] },
  // Every process tells an emergency straight to the chats.
  slack: { fields: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'], roles: processRoles },
  discord: { fields: ['DISCORD_TOKEN'], roles: processRoles },
  heartbeat: { fields: ['HEARTBEAT_URL'], roles: processRoles },
  ops: { fields: ['KAGGLE_AGENT_OPS_PASSWORD'], roles: processRoles },
} as const satisfies Record<string, Entry>;

export type VaultSecretName = keyof typeof vaultLayout;

const entries: readonly [string, Entry][] = Object.entries(vaultLayout);

/** Names of the secrets that a process of these roles reads. @param roles null: all of them */
export function vaultSecretsOf(roles: readonly ProcessRole[] | null): string[] {
  const played = roles ?? processRoles;
  return entries
    .filter(([, entry]) => entry.roles.some((role) => played.includes(role)))
    .map(([name]) => name);
}

/** The settings that a secret may hold. */
export function vaultFieldsOf(name: string): readonly string[] {
  return entries.find(([one]) => one === name)?.[1].fields ?? [];
}

/** The secret that holds a setting; null for one that does not lie in Vault. */
export function vaultSecretOf(env: string): string | null {
  return entries.find(([, { fields }]) => fields.includes(env))?.[0] ?? null;
}
