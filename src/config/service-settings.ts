import { delimiter } from 'node:path';
import { optionalSetting, setting } from './setting.ts';
import { choice, httpUrl, path, pathList, port, secret, secretUrl, text } from './value-schemas.ts';

export const general = {
  dataFolder: setting({
    env: 'KAGGLE_AGENT_DATA',
    schema: path(),
    default: './data',
    example: './data',
    description:
      'Folder for the database, downloads, results and logs. Only one agent may run on a folder at a time.',
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
    description:
      'Port of health checks, metrics, the queue board and signed links, on 127.0.0.1. 0 takes any free port.',
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
  redisUrl: optionalSetting({
    env: 'REDIS_URL',
    schema: secretUrl(['redis:', 'rediss:']),
    isSecret: true,
    example: 'redis://127.0.0.1:6379',
    description: 'A Redis for the queues and for the limits on calls at once.',
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
