import { type Config, type LoadedSettings, type LoadOptions, loadSettings } from '../../src/config/load.ts';

/** All settings as the environment says them, over the defaults; without files. */
export function loadTestConfig(environment: Record<string, string>): Config {
  return loadTestSettings(environment).config;
}

export function loadTestSettings(
  environment: Record<string, string>,
  how: Pick<LoadOptions, 'toleratesFaults'> = {},
): LoadedSettings {
  return loadSettings({
    environment,
    envFile: null,
    flags: {},
    cores: 2,
    baseFolder: '/nowhere',
    homeFolder: '/nowhere',
    ...how,
  });
}
