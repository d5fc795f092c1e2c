import type { TableValues } from './table-values.ts';

/** Settings that are fine alone and wrong together. */
export function contradictions(values: TableValues): string[] {
  return [
    ...kaggleFaults(values),
    ...portFaults(values),
    ...chatFaults(values),
    ...groundFaults(values),
    ...researchFaults(values),
    ...imageFaults(values),
    ...rentFaults(values),
    ...isolationFaults(values),
  ];
}

/** A script without an image of its own could never run. */
function isolationFaults({ training }: TableValues): string[] {
  if (training.localIsolation !== 'docker' || training.localImage !== null) return [];
  return ['KAGGLE_AGENT_LOCAL_IMAGE: is needed while KAGGLE_AGENT_LOCAL_ISOLATION is docker'];
}

/** A key opens nothing without the place that it is for. */
function rentFaults({ saladcloud }: TableValues): string[] {
  if (saladcloud.apiKey === null) return [];
  const why = 'is needed while SALAD_API_KEY is set';
  return [
    ...(saladcloud.organization === null ? [`SALAD_ORGANIZATION: ${why}`] : []),
    ...(saladcloud.project === null ? [`SALAD_PROJECT: ${why}`] : []),
  ];
}

/** A login is a user and a password, and is for a registry. */
function imageFaults({ images }: TableValues): string[] {
  const { repository, user, password } = images;
  const faults: string[] = [];
  if (user !== null && password === null) {
    faults.push(
      'KAGGLE_AGENT_IMAGE_REGISTRY_PASSWORD: is needed while KAGGLE_AGENT_IMAGE_REGISTRY_USER is set',
    );
  }
  if (password !== null && user === null) {
    faults.push(
      'KAGGLE_AGENT_IMAGE_REGISTRY_USER: is needed while KAGGLE_AGENT_IMAGE_REGISTRY_PASSWORD is set',
    );
  }
  if (user !== null && repository === null) {
    faults.push('KAGGLE_AGENT_IMAGE_REPOSITORY: is needed while KAGGLE_AGENT_IMAGE_REGISTRY_USER is set');
  }
  return faults;
}

function kaggleFaults({ kaggle }: TableValues): string[] {
  const faults: string[] = [];
  if (kaggle.username !== null && kaggle.key === null) {
    faults.push('KAGGLE_KEY: is needed while KAGGLE_USERNAME is set (or use KAGGLE_API_TOKEN alone)');
  }
  if (kaggle.key !== null && kaggle.username === null) {
    faults.push('KAGGLE_USERNAME: is needed while KAGGLE_KEY is set (or use KAGGLE_API_TOKEN alone)');
  }
  return faults;
}

function portFaults({ http, arena, talking, slack }: TableValues): string[] {
  const faults: string[] = [];
  const ports = [
    ['PORT', http.port],
    ['KAGGLE_AGENT_ARENA_PORT', arena.port],
    ['KAGGLE_AGENT_ARENA_STORAGE_PORT', arena.storagePort],
    ['KAGGLE_AGENT_PAGE_PORT', talking.pagePort],
    ['SLACK_HTTP_PORT', slack.httpPort],
  ] as const;
  for (const [index, [name, port]] of ports.entries()) {
    const other = ports.slice(0, index).find(([, earlier]) => earlier === port && port !== 0);
    if (other !== undefined)
      faults.push(`${name}: must differ from ${other[0]}; for example ${name}=${port + 1}`);
  }
  return faults;
}

/** A chat is connected whole or not at all. */
function chatFaults({ slack, discord }: TableValues): string[] {
  const faults: string[] = [];
  if (slack.botToken !== null) {
    if (slack.appToken === null && slack.signingSecret === null) {
      faults.push(
        'SLACK_APP_TOKEN: is needed while SLACK_BOT_TOKEN is set (or SLACK_SIGNING_SECRET for HTTP)',
      );
    }
    if (slack.channel === null) faults.push('SLACK_CHANNEL: is needed while SLACK_BOT_TOKEN is set');
  } else if (slack.appToken !== null || slack.signingSecret !== null) {
    faults.push('SLACK_BOT_TOKEN: is needed while SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is set');
  }
  if (discord.token !== null) {
    if (discord.guildId === null) faults.push('DISCORD_GUILD_ID: is needed while DISCORD_TOKEN is set');
    if (discord.channelId === null) faults.push('DISCORD_CHANNEL_ID: is needed while DISCORD_TOKEN is set');
  }
  return faults;
}

/** The key of Agentspace is of no use without the app that it is for. */
function researchFaults({ research }: TableValues): string[] {
  if (research.agentspaceKey === null) return [];
  const why = 'is needed while AGENTSPACE_SERVICE_ACCOUNT_JSON is set';
  return [
    ...(research.agentspaceProject === null ? [`AGENTSPACE_PROJECT: ${why}`] : []),
    ...(research.agentspaceApp === null ? [`AGENTSPACE_APP_ID: ${why}`] : []),
  ];
}

/** Database, queues, storage and secrets. */
function groundFaults({ general, infrastructure, storage, http, vault }: TableValues): string[] {
  const faults: string[] = [];
  const needs = (name: string, isMissing: boolean, why: string): void => {
    if (isMissing) faults.push(`${name}: is needed ${why}`);
  };
  const { supabaseUrl, supabaseKey, redisUrl } = infrastructure;
  if (supabaseUrl !== null) {
    needs('SUPABASE_SERVICE_ROLE_KEY', supabaseKey === null, 'while SUPABASE_URL is set');
    needs('REDIS_URL', redisUrl === null, 'while SUPABASE_URL is set: the queues cannot run over it');
  }
  needs(
    'SUPABASE_URL',
    supabaseUrl === null && supabaseKey !== null,
    'while SUPABASE_SERVICE_ROLE_KEY is set',
  );
  if (general.roles !== null) {
    const why = 'while KAGGLE_AGENT_ROLES splits the work: the processes meet there';
    needs('REDIS_URL', redisUrl === null, why);
    needs(
      'DATABASE_URL',
      infrastructure.databaseUrl === null && supabaseUrl === null,
      `${why} (or SUPABASE_URL)`,
    );
  }
  if (storage.bucket !== null) {
    const hasId = storage.accessKeyId !== null;
    const hasKey = storage.secretAccessKey !== null;
    needs('AWS_SECRET_ACCESS_KEY', hasId && !hasKey, 'while AWS_ACCESS_KEY_ID is set');
    needs('AWS_ACCESS_KEY_ID', hasKey && !hasId, 'while AWS_SECRET_ACCESS_KEY is set');
  }
  needs('S3_BUCKET', storage.endpoint !== null && storage.bucket === null, 'while S3_ENDPOINT is set');
  if (vault.address !== null) {
    const isAppRole = vault.roleId !== null;
    const hasLogin = vault.token !== null || isAppRole || vault.kubernetesRole !== null;
    needs('VAULT_TOKEN', !hasLogin, 'while VAULT_ADDR is set (or VAULT_ROLE_ID, or VAULT_KUBERNETES_ROLE)');
    needs('VAULT_SECRET_ID', isAppRole && vault.secretId === null, 'while VAULT_ROLE_ID is set');
  }
  if (vault.databaseRole !== null) {
    const why = 'while VAULT_DATABASE_ROLE is set';
    needs('VAULT_ADDR', vault.address === null, why);
    needs('DATABASE_URL', infrastructure.databaseUrl === null, `${why}: it says where the database is`);
  }
  const isOpen = !['127.0.0.1', 'localhost', '::1'].includes(http.host);
  needs(
    'KAGGLE_AGENT_OPS_PASSWORD',
    isOpen && http.opsPassword === null,
    'while KAGGLE_AGENT_HOST is not this machine itself',
  );
  return faults;
}
