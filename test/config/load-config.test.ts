import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, expectTypeOf, onTestFinished, test } from 'vitest';
import { type Config, type LoadOptions, loadSettings, replaceSecret } from '../../src/config/load.ts';
import { allSettings } from '../../src/config/settings-document.ts';
import { ConfigurationFailure } from '../../src/domain/errors.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kaggle-agent-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function options(overrides: Partial<LoadOptions> = {}): LoadOptions {
  return {
    environment: {},
    envFile: null,
    flags: {},
    cores: 8,
    baseFolder: '/project',
    homeFolder: '/home/mika',
    ...overrides,
  };
}

const loadConfig = (given: LoadOptions): Config => loadSettings(given).config;

function envFile(content: string): string {
  const file = join(scratch(), '.env');
  writeFileSync(file, content);
  return file;
}

function faultOf(overrides: Partial<LoadOptions>): ConfigurationFailure {
  try {
    loadConfig(options(overrides));
  } catch (error) {
    if (error instanceof ConfigurationFailure) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

test('with nothing set every setting has its default and the practice arena is used', () => {
  const config = loadConfig(options());

  expect(config).toMatchObject({
    general: { dataFolder: '/project/data', logLevel: 'info' },
    http: { port: 4777 },
    arena: { port: 4778, storagePort: 4779, folders: [] },
    infrastructure: { databaseUrl: null, redisUrl: null },
    kaggle: { access: null },
    competing: { maxRounds: 2, approachesPerRound: 3, maxActive: 3, autostart: false },
    budgets: { gpuUsdPerHour: 0.15, gpuUsdPerDay: 3.6, llmUsdPerDay: 5, llmUsdPerCompetition: 20 },
    schedules: {
      discoveryEverySeconds: 3600,
      costWatchEverySeconds: 300,
      scoreCheckEverySeconds: 900,
      timeoutWatchEverySeconds: 60,
      healthEverySeconds: 30,
    },
  });
  expectTypeOf<Config['training']['python']>().toEqualTypeOf<string | null>();
  expectTypeOf<Config['competing']['maxRounds']>().toEqualTypeOf<number>();
});

test.each([
  [1, 1],
  [2, 2],
  [4, 2],
  [32, 2],
])('a machine with %i cores trains %i jobs at once unless told otherwise', (cores, slots) => {
  expect(loadConfig(options({ cores })).training.localSlots).toBe(slots);
});

test('a flag wins over the environment, which wins over .env, which wins over the default', () => {
  const file = envFile('KAGGLE_AGENT_MAX_ROUNDS=3\nKAGGLE_AGENT_MAX_ACTIVE=3\nPORT=5003\n');

  const { config, report } = loadSettings(
    options({
      flags: { KAGGLE_AGENT_MAX_ROUNDS: '5' },
      environment: { KAGGLE_AGENT_MAX_ROUNDS: '4', KAGGLE_AGENT_MAX_ACTIVE: '4' },
      envFile: file,
    }),
  );

  expect(config.competing).toMatchObject({ maxRounds: 5, maxActive: 4, approachesPerRound: 3 });
  expect(config.http.port).toBe(5003);
  const sourceOf = (env: string) => report.find((one) => one.env === env)?.from;
  expect(
    ['KAGGLE_AGENT_MAX_ROUNDS', 'KAGGLE_AGENT_MAX_ACTIVE', 'PORT', 'KAGGLE_AGENT_APPROACHES_PER_ROUND'].map(
      sourceOf,
    ),
  ).toEqual(['flag', 'environment', '.env', 'default']);
});

test('an empty variable counts as unset, so the settings file still answers', () => {
  const config = loadConfig(
    options({
      environment: { KAGGLE_AGENT_MAX_ROUNDS: '' },
      envFile: envFile('KAGGLE_AGENT_MAX_ROUNDS=7\n'),
    }),
  );

  expect(config.competing.maxRounds).toBe(7);
});

test('a secret can come from a file, after the environment and before .env', () => {
  const folder = scratch();
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'token-from-file\n');
  const file = envFile('KAGGLE_API_TOKEN=token-from-env-file\n');

  const fromFile = loadConfig(options({ environment: { KAGGLE_API_TOKEN_FILE: tokenFile }, envFile: file }));
  const fromEnvironment = loadConfig(
    options({ environment: { KAGGLE_API_TOKEN_FILE: tokenFile, KAGGLE_API_TOKEN: 'direct-token' } }),
  );

  expect(tokenOf(fromFile)).toBe('token-from-file');
  expect(tokenOf(fromEnvironment)).toBe('direct-token');
});

function tokenOf({ kaggle: { access } }: Config): string | null {
  return access?.kind === 'bearer' ? access.token.reveal() : null;
}

test('a secret file that is missing or empty is a fault that names the variable', () => {
  const empty = join(scratch(), 'empty');
  writeFileSync(empty, '\n');

  const failure = faultOf({
    environment: { KAGGLE_API_TOKEN_FILE: empty, DATABASE_URL_FILE: '/nowhere/database' },
  });

  expect(failure.message).toContain('KAGGLE_API_TOKEN_FILE: the file');
  expect(failure.message).toContain('is empty');
  expect(failure.message).toContain('DATABASE_URL_FILE: the file /nowhere/database cannot be read (ENOENT)');
});

test('all faults are reported at once, each with its variable and an example', () => {
  const failure = faultOf({
    environment: {
      PORT: 'eighty',
      KAGGLE_AGENT_MAX_ROUNDS: '0',
      KAGGLE_AGENT_GPU_USD_PER_DAY: '-1',
      KAGGLE_AGENT_AUTOSTART: 'yes',
      LOG_LEVEL: 'loud',
      REDIS_URL: 'http://localhost',
      KAGGLE_AGENT_MAX_ROUND: '2',
    },
  });

  expect(failure).toMatchObject({ code: 'config.invalid', kind: 'configuration' });
  expect(failure.message.split('\n').slice(1)).toEqual([
    '  KAGGLE_AGENT_MAX_ROUND: is no setting; did you mean KAGGLE_AGENT_MAX_ROUNDS?',
    '  LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent; for example LOG_LEVEL=debug',
    '  PORT: must be a whole number from 0 to 65535; for example PORT=4787',
    '  REDIS_URL: must be an address that begins with redis:// or rediss://; for example REDIS_URL=redis://127.0.0.1:6379',
    '  KAGGLE_AGENT_MAX_ROUNDS: must be a whole number from 1 to 100; for example KAGGLE_AGENT_MAX_ROUNDS=4',
    '  KAGGLE_AGENT_AUTOSTART: must be true or false; for example KAGGLE_AGENT_AUTOSTART=true',
    '  KAGGLE_AGENT_GPU_USD_PER_DAY: must be an amount in US dollars, such as 3.60; for example KAGGLE_AGENT_GPU_USD_PER_DAY=10',
  ]);
});

test('where faults are tolerated, what is wrong counts as not set and is told of', () => {
  const environment = {
    PORT: 'many',
    LOG_LEVEL: 'debug',
    KAGGLE_USERNAME: 'mika',
    KAGGLE_AGENT_NONSENSE: '1',
  };

  const { config, faults, report } = loadSettings(options({ environment, toleratesFaults: true }));

  expect(config.general.logLevel).toBe('debug');
  expect(config.http.port).toBe(loadConfig(options()).http.port);
  expect(report.find(({ env }) => env === 'PORT')).toMatchObject({ from: 'default' });
  expect(faults.map((fault) => fault.split(':')[0]).toSorted()).toEqual([
    'KAGGLE_AGENT_NONSENSE',
    'KAGGLE_KEY',
    'PORT',
  ]);
  expect(faults.join()).not.toContain('many');
});

test('an unknown own name without a near one points to the list of all', () => {
  const failure = faultOf({ environment: { KAGGLE_AGENT_FAVOURITE_COLOUR: 'blue' } });

  expect(failure.message).toContain(
    'KAGGLE_AGENT_FAVOURITE_COLOUR: is no setting; docs/configuration.md lists all',
  );
});

test("other programs' variables are no business of ours, a slip in .env is", () => {
  expect(() => loadConfig(options({ environment: { KAGLE_API_TOKEN: 'x', EDITOR: 'vi' } }))).not.toThrow();

  const failure = faultOf({ envFile: envFile('KAGLE_API_TOKEN=x\nEDITOR=vi\n') });

  expect(failure.message.split('\n').slice(1)).toEqual([
    '  KAGLE_API_TOKEN: is no setting; did you mean KAGGLE_API_TOKEN?',
  ]);
});

test('a fault never repeats a value, which may be a secret in the wrong place', () => {
  const failure = faultOf({
    environment: {
      PORT: 'KGAT_hunter2hunter2',
      DATABASE_URL: 'hunter2hunter2',
      KAGGLE_AGENT_AUTOSTART: 'hunter2',
    },
  });

  expect(inspect(failure, { depth: 9 })).not.toContain('hunter2');
  expect(JSON.stringify(failure.details)).not.toContain('hunter2');
});

test('a line of .env that is no assignment is named with its number', () => {
  const failure = faultOf({
    envFile: envFile('# settings\nPORT=5000\n\nLOG_LEVEL debug\nKAGGLE_KEY="abc\nARENA_DIR=/tmp\n'),
  });

  expect(failure.message.split('\n').slice(1, 3)).toEqual([
    '  .env line 4: is neither NAME=value nor a comment that begins with #',
    '  .env line 5: has a " that is never closed',
  ]);
});

test('text after a closing quote is named with its line', () => {
  const failure = faultOf({ envFile: envFile("ARENA_DIR='/a b' oops\n") });

  expect(failure.message).toContain('.env line 1: has text after the closing quote');
});

test('quotes, comments, exports, Windows line ends and values over several lines are understood', () => {
  const config = loadConfig(
    options({
      envFile: envFile(
        '\uFEFF# head\r\nexport PORT = 5001 # the page\r\nKAGGLE_USERNAME="mika"\r\nKAGGLE_KEY=\'a\r\nb\'\r\n',
      ),
    }),
  );

  expect(config.http.port).toBe(5001);
  expect(config.kaggle.access).toMatchObject({ kind: 'basic', username: 'mika' });
});

test('a settings file that is a folder or may not be read is named; a missing one is fine', () => {
  const folder = join(scratch(), '.env');
  mkdirSync(folder);

  expect(faultOf({ envFile: folder }).message).toContain(`${folder} cannot be read (EISDIR)`);
  expect(() => loadConfig(options({ envFile: join(folder, 'missing') }))).not.toThrow();
});

test.skipIf(process.getuid?.() === 0)('an unreadable settings file says how to mend it', () => {
  const file = envFile('PORT=1\n');
  chmodSync(file, 0o000);

  expect(faultOf({ envFile: file }).message).toContain(`chmod u+r ${file}`);
});

test('a Kaggle user name needs its key and the other way round', () => {
  expect(faultOf({ environment: { KAGGLE_USERNAME: 'mika' } }).message).toContain('KAGGLE_KEY: is needed');
  expect(faultOf({ environment: { KAGGLE_KEY: 'abcdefgh' } }).message).toContain(
    'KAGGLE_USERNAME: is needed',
  );
});

test('two servers cannot have one port, except when each takes a free one', () => {
  const failure = faultOf({ environment: { PORT: '4778' } });
  const config = loadConfig(
    options({
      environment: { PORT: '0', KAGGLE_AGENT_ARENA_PORT: '0', KAGGLE_AGENT_ARENA_STORAGE_PORT: '0' },
    }),
  );

  expect(failure.message).toContain('KAGGLE_AGENT_ARENA_PORT: must differ from PORT');
  expect(config.http.port).toBe(0);
});

test('paths are absolute: relative ones from the project, ~ from the home folder, bare programs untouched', () => {
  const config = loadConfig(
    options({
      environment: {
        KAGGLE_AGENT_DATA: '~/agent',
        ARENA_DIR: 'mine:/theirs',
        KAGGLE_AGENT_PYTHON: 'python3.11',
      },
    }),
  );

  expect(config.general.dataFolder).toBe('/home/mika/agent');
  expect(config.arena.folders).toEqual(['/project/mine', '/theirs']);
  expect(config.training.python).toBe('python3.11');
});

test('secrets print as [redacted] wherever a configuration is shown', () => {
  const { config, report, secrets } = loadSettings(
    options({
      environment: {
        KAGGLE_API_TOKEN: 'KGAT_s3cret-token',
        DATABASE_URL: 'postgres://agent:s3cret-word@db.example.org/agent',
      },
    }),
  );

  const printed = `${inspect(config, { depth: 9 })}${JSON.stringify(config)}${JSON.stringify(report)}${config.infrastructure.databaseUrl}`;
  expect(printed).not.toContain('s3cret');
  expect(printed).toContain('[redacted]');
  expect(report.find((one) => one.env === 'KAGGLE_API_TOKEN')).toMatchObject({
    value: 'set',
    from: 'environment',
  });
  expect(secrets.map((secret) => secret.reveal())).toHaveLength(2);
});

test('every example of the settings is a value that the setting takes', () => {
  const environment = Object.fromEntries(allSettings().map(({ env, example }) => [env, example]));

  expect(() => loadConfig(options({ environment }))).not.toThrow();
});

test('Vault comes after all other sources and before the default, and what hides it is told', () => {
  const vault = { KAGGLE_API_TOKEN: 'of-vault', DISCORD_TOKEN: 'of-vault', REDIS_URL: ' redis://vault ' };

  const { report, cells } = loadSettings(
    options({
      vault,
      environment: { KAGGLE_API_TOKEN: 'of-the-environment' },
      envFile: envFile('DISCORD_TOKEN=of-the-file\nDISCORD_GUILD_ID=1\nDISCORD_CHANNEL_ID=2\n'),
    }),
  );

  const told = (env: string) => report.find((one) => one.env === env);
  expect(told('KAGGLE_API_TOKEN')).toMatchObject({ from: 'environment', hidesVault: true });
  expect(told('DISCORD_TOKEN')).toMatchObject({ from: '.env', hidesVault: true });
  expect(told('REDIS_URL')).toMatchObject({ from: 'vault', hidesVault: false, value: 'set' });
  expect(cells.find(({ env }) => env === 'REDIS_URL')?.secret.reveal()).toBe('redis://vault');
});

test('a newer value of a secret passes the check of its setting, or changes nothing', () => {
  const { cells } = loadSettings(options({ environment: { REDIS_URL: 'redis://one' } }));
  const cell = cells.find(({ env }) => env === 'REDIS_URL');
  if (cell === undefined) throw new Error('it is set');

  const faults = [replaceSecret(cell, 'http://two'), replaceSecret(cell, 'redis://three')];

  expect(faults).toEqual([expect.stringMatching(/^REDIS_URL: must be an address/), null]);
  expect(cell.secret.reveal()).toBe('redis://three');
});

test('models are lists with at least one name, and their prices are JSON over the built-in list', () => {
  const prices = {
    searchUsdPerThousand: 5,
    models: [
      {
        model: 'claude-opus-5-5',
        effectiveFrom: '2026-11-01',
        tiers: [
          { upToPromptTokens: null, input: 3, output: 15, cacheWrite5m: 4, cacheWrite1h: 6, cacheRead: 0.3 },
        ],
      },
    ],
  };
  const { models } = loadConfig(
    options({
      environment: {
        ANTHROPIC_API_KEY: 'sk-ant-hidden',
        KAGGLE_AGENT_MODEL_STRONG: 'claude-sonnet-5-5, claude-opus-5-5',
        KAGGLE_AGENT_MODEL_PRICES: JSON.stringify(prices),
      },
    }),
  );

  expect(models.strong).toEqual(['claude-sonnet-5-5', 'claude-opus-5-5']);
  expect(models.cheap).toEqual(['claude-haiku-5-5', 'claude-sonnet-5-5']);
  expect(models.prices.models[0]).toEqual(prices.models[0]);
  expect(models.prices.models.filter(({ model }) => model === 'claude-opus-5-5')).toHaveLength(1);
  expect(models.prices.models.map(({ model }) => model)).toContain('claude-haiku-5-5');
  expect(JSON.stringify(models)).not.toContain('hidden');
});

test.each([
  ['KAGGLE_AGENT_MODEL_STRONG', ' , '],
  ['KAGGLE_AGENT_MODEL_CHEAP', 'a model; drop table'],
  ['KAGGLE_AGENT_MODEL_PRICES', '{"searchUsdPerThousand": 10}'],
  ['KAGGLE_AGENT_MODEL_PRICES', 'free'],
  ['KAGGLE_AGENT_MODEL_PROMPT_CACHE', '2h'],
])('%s=%s is a fault that is named', (env, value) => {
  expect(faultOf({ environment: { [env]: value } }).message).toContain(`${env}: must be`);
});
