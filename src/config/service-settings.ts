import { delimiter } from 'node:path';
import { optionalSetting, setting } from './setting.ts';
import {
  choice,
  httpUrl,
  path,
  pathList,
  port,
  queueList,
  roleList,
  secret,
  secretUrl,
  secretUrlList,
  text,
} from './value-schemas.ts';

export const general = {
  dataFolder: setting({
    env: 'KAGGLE_AGENT_DATA',
    schema: path(),
    default: './data',
    example: './data',
    description:
      'Folder for the database, downloads, results and logs. Only one agent may run on a folder at a time.',
  }),
  roles: setting({
    env: 'KAGGLE_AGENT_ROLES',
    schema: roleList(),
    default: 'all',
    example: 'bot,scheduler',
    description:
      'What this process does: `all`, or some of bot (chats), worker (jobs), scheduler (periodic tasks) and ops (metrics and pages). Several processes need REDIS_URL and a database that all of them reach.',
  }),
  queues: setting({
    env: 'KAGGLE_AGENT_QUEUES',
    schema: queueList(),
    default: 'all',
    example: 'research,codegen',
    description:
      'Queues that a worker takes jobs from: `all`, or some of discovery, research, codegen, gpu, submission and human.',
  }),
  logLevel: setting({
    env: 'LOG_LEVEL',
    schema: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    default: 'info',
    example: 'debug',
    description: 'How much is written to the log file: everything from this level up.',
  }),
};

export const http = {
  port: setting({
    env: 'PORT',
    schema: port(),
    default: '4777',
    example: '4787',
    description: 'Port of health checks, metrics, the queue board and signed links. 0 takes any free port.',
  }),
  host: setting({
    env: 'KAGGLE_AGENT_HOST',
    schema: text(),
    default: '127.0.0.1',
    example: '0.0.0.0',
    description:
      'Address that this port listens on. Anything but this machine itself needs KAGGLE_AGENT_OPS_PASSWORD.',
  }),
  opsPassword: optionalSetting({
    env: 'KAGGLE_AGENT_OPS_PASSWORD',
    schema: secret(),
    isSecret: true,
    example: 'a-long-random-text',
    description:
      'Password of the user `ops` for metrics, status and the queue board. Unset: only this machine reaches them.',
  }),
};

export const arena = {
  port: setting({
    env: 'KAGGLE_AGENT_ARENA_PORT',
    schema: port(),
    default: '4778',
    example: '4788',
    description: 'Port of the practice arena, on 127.0.0.1. 0 takes any free port.',
  }),
  storagePort: setting({
    env: 'KAGGLE_AGENT_ARENA_STORAGE_PORT',
    schema: port(),
    default: '4779',
    example: '4789',
    description:
      "Port of the practice arena's upload and download storage, on 127.0.0.1. 0 takes any free port.",
  }),
  folders: setting({
    env: 'ARENA_DIR',
    schema: pathList(delimiter),
    default: '',
    example: `./my-competitions${delimiter}../more`,
    description: `Further folders of practice competitions beside those that ship, separated by "${delimiter}".`,
  }),
};

export const infrastructure = {
  databaseUrl: optionalSetting({
    env: 'DATABASE_URL',
    schema: secretUrl(['postgres:', 'postgresql:']),
    isSecret: true,
    example: 'postgres://kaggle_agent:PASSWORD@db.example.org:5432/kaggle_agent',
    description: 'A Postgres of your own, version 15 or newer.',
    switchesOn: 'That database is used, and no embedded one is started.',
  }),
  supabaseUrl: optionalSetting({
    env: 'SUPABASE_URL',
    schema: httpUrl(),
    example: 'https://abcdefghijklmnopqrst.supabase.co',
    description:
      'Address of a Supabase project; needs SUPABASE_SERVICE_ROLE_KEY, and REDIS_URL for the queues. Its tables are made with DATABASE_URL or the Supabase CLI.',
    switchesOn: 'The state lies in that project and is reached over HTTPS; its Realtime tells of changes.',
  }),
  supabaseKey: optionalSetting({
    env: 'SUPABASE_SERVICE_ROLE_KEY',
    schema: secret(),
    isSecret: true,
    example: 'sb_secret_…',
    description: 'Secret key (or the older service_role key) of the Supabase project.',
  }),
  redisUrl: optionalSetting({
    env: 'REDIS_URL',
    schema: secretUrlList(['redis:', 'rediss:']),
    isSecret: true,
    example: 'redis://127.0.0.1:6379',
    description:
      'A Redis, version 6.2 or newer, for the queues and for the limits on calls at once; or nodes of a Redis Cluster, separated by commas.',
    switchesOn: 'The queues run on Redis instead of Postgres.',
  }),
};

export const kaggle = {
  token: optionalSetting({
    env: 'KAGGLE_API_TOKEN',
    schema: secret(),
    isSecret: true,
    example: 'KGAT_…',
    description: 'API token of your Kaggle account, from kaggle.com/settings/api.',
    switchesOn: 'The agent competes at the real Kaggle instead of the practice arena.',
  }),
  username: optionalSetting({
    env: 'KAGGLE_USERNAME',
    schema: text(),
    example: 'your-name',
    description: 'Kaggle user name, for the older kind of credentials; needs KAGGLE_KEY beside it.',
    switchesOn: 'Together with KAGGLE_KEY: the real Kaggle.',
  }),
  key: optionalSetting({
    env: 'KAGGLE_KEY',
    schema: secret(),
    isSecret: true,
    example: '0123456789abcdef0123456789abcdef',
    description: 'Kaggle API key that belongs to KAGGLE_USERNAME.',
    switchesOn: 'Together with KAGGLE_USERNAME: the real Kaggle.',
  }),
  baseUrl: setting({
    env: 'KAGGLE_API_BASE_URL',
    schema: httpUrl(),
    default: 'https://api.kaggle.com',
    example: 'https://api.kaggle.com',
    description:
      'Where the Kaggle API is called once credentials are set. The practice arena has an address of its own.',
  }),
};
