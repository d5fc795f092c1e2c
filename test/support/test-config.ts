import { type Config, loadConfig } from '../../src/config/load.ts';

/** All settings as the environment says them, over the defaults; without files. */
export function loadTestConfig(environment: Record<string, string>): Config {
  return loadConfig({
    environment,
    envFile: null,
    flags: {},
    cores: 2,
    baseFolder: '/nowhere',
    homeFolder: '/nowhere',
  });
}
