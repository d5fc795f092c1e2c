import type { Config } from '../config/load.ts';
import { asFailure } from '../domain/errors.ts';
import { placesIn } from './data-folder.ts';
import { type Finding, off, ok } from './doctor-chats.ts';
import { openImages } from './images.ts';
import { projectRoot } from './version.ts';

/** Images for training machines: is there something to build with, and does the registry take the login? */
export async function lookAtImages(config: Config, signal: AbortSignal): Promise<Finding> {
  const { scratch } = placesIn(config.general.dataFolder);
  const images = openImages(config, { root: projectRoot, scratch, pythonVersion: null });
  if (images === null) {
    return off(
      'not set: the generic runner image, with requirements installed at the start of each run',
      'set KAGGLE_AGENT_IMAGE_REPOSITORY',
    );
  }
  try {
    return ok(await images.check({ signal }));
  } catch (error) {
    signal.throwIfAborted();
    const next = 'runs start from the generic image until it works; see docs/how-to/images.md';
    return { status: 'warn', message: asFailure(error).message, next };
  }
}
