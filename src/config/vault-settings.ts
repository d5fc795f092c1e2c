import { optionalSetting, setting } from './setting.ts';
import { choice, httpUrl, integer, path, seconds, secret, text } from './value-schemas.ts';

const longestDays = 3_650;

/** HashiCorp Vault, or OpenBao. */
export const vault = {
  address: optionalSetting({
    env: 'VAULT_ADDR',
    schema: httpUrl(),
    example: 'https://vault.example.org:8200',
    description: 'Address of a Vault that keeps the secrets.',
    switchesOn: 'Secrets that are set nowhere else are read from Vault, and follow their rotation there.',
  }),
  namespace: optionalSetting({
    env: 'VAULT_NAMESPACE',
    schema: text(),
    example: 'team-a',
    description: 'Namespace in Vault, where it has namespaces.',
  }),
  caCertificate: optionalSetting({
    env: 'VAULT_CACERT',
    schema: path(),
    example: '/etc/ssl/vault-ca.pem',
    description: 'File with the certificate of the authority that signed the certificate of Vault.',
  }),
  token: optionalSetting({
    env: 'VAULT_TOKEN',
    schema: secret(),
    isSecret: true,
    example: 'hvs.…',
    description: 'Token for Vault. It is renewed while the agent runs, where it can be.',
  }),
  roleId: optionalSetting({
    env: 'VAULT_ROLE_ID',
    schema: secret(),
    isSecret: true,
    example: '0f1e2d3c-0000-0000-0000-000000000000',
    description: 'Role id of an AppRole, in place of VAULT_TOKEN.',
  }),
  secretId: optionalSetting({
    env: 'VAULT_SECRET_ID',
    schema: secret(),
    isSecret: true,
    example: '0f1e2d3c-0000-0000-0000-000000000000',
    description: 'Secret id that belongs to VAULT_ROLE_ID.',
  }),
  kubernetesRole: optionalSetting({
    env: 'VAULT_KUBERNETES_ROLE',
    schema: text(),
    example: 'kaggle-agent',
    description: 'Role to log in with as the service account of the pod, in place of VAULT_TOKEN.',
  }),
  kubernetesTokenFile: setting({
    env: 'VAULT_KUBERNETES_TOKEN_FILE',
    schema: path(),
    default: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    example: '/var/run/secrets/vault/token',
    description: 'File with the token of the service account; read anew at each login.',
  }),
  authMount: optionalSetting({
    env: 'VAULT_AUTH_MOUNT',
    schema: text(),
    example: 'kubernetes-cluster-a',
    description: 'Where the login method is mounted. Unset: approle or kubernetes.',
  }),
  mount: setting({
    env: 'VAULT_MOUNT',
    schema: text(),
    default: 'secret',
    example: 'secret',
    description: 'Where the key-value engine (version 2) is mounted.',
  }),
  path: setting({
    env: 'VAULT_PATH',
    schema: text(),
    default: 'kaggle-agent',
    example: 'kaggle-agent',
    description: 'Path below the mount under which the secrets of the agent lie.',
  }),
  databaseRole: optionalSetting({
    env: 'VAULT_DATABASE_ROLE',
    schema: text(),
    example: 'kaggle-agent',
    description: "Role of Vault's database engine. DATABASE_URL then says where the database is.",
    switchesOn: 'User and password of DATABASE_URL come from Vault, and are replaced before they end.',
  }),
  databaseRoleKind: setting({
    env: 'VAULT_DATABASE_ROLE_KIND',
    schema: choice(['dynamic', 'static']),
    default: 'dynamic',
    example: 'static',
    description:
      '`dynamic`: Vault makes users that live as long as their lease. `static`: Vault changes the password of one user.',
  }),
  databaseMount: setting({
    env: 'VAULT_DATABASE_MOUNT',
    schema: text(),
    default: 'database',
    example: 'database',
    description: 'Where the database engine is mounted.',
  }),
  refreshSeconds: setting({
    env: 'VAULT_REFRESH_SECONDS',
    schema: seconds(5),
    unit: 'seconds',
    default: '60',
    example: '30',
    description: 'How often Vault is asked whether a secret has a newer version.',
  }),
  graceSeconds: setting({
    env: 'VAULT_GRACE_SECONDS',
    schema: seconds(0),
    unit: 'seconds',
    default: '3600',
    example: '900',
    description:
      'How long the last secrets are used while Vault is sealed or away; then no new work is taken until it answers.',
  }),
  keyMaxAgeDays: setting({
    env: 'VAULT_KEY_MAX_AGE_DAYS',
    schema: integer({ min: 1, max: longestDays }),
    unit: 'days',
    default: '90',
    example: '30',
    description:
      'Age of a secret from which on a warning asks for a new one; `renew_after_days` in its custom metadata wins.',
  }),
};
