import { join } from 'node:path';
import type { Config } from '../config/load.ts';
import type { Deps } from '../context.ts';
import { chooseBase, writeDockerfile } from '../domain/dockerfile.ts';
import { createBundle } from '../providers/compute/bundle.ts';
import { createDockerImages } from '../providers/image/docker.ts';

type Place = { root: string; scratch: string; pythonVersion: string | null };

/** Where the docker program and what it starts are looked for. */
export const searchPath = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';

/** Images where a registry is configured; and bundles, whose Dockerfile names the same base. */
export function imagesOf(config: Config, place: Place): Pick<Deps, 'images' | 'packBundle'> {
  const bases = { cpu: config.images.cpuBase, gpu: config.images.gpuBase };
  return {
    images: openImages(config, place),
    packBundle: (parts) => {
      const chosen = chooseBase(bases, parts.requirements, place.pythonVersion);
      return createBundle({ dockerfile: writeDockerfile({ ...chosen, content: 'script' }), ...parts });
    },
  };
}

/** Null where no registry is configured. */
export function openImages(config: Config, place: Place): Deps['images'] {
  const { repository, user, password, cpuBase, gpuBase, docker, dockerHost } = config.images;
  if (repository === null) return null;
  return createDockerImages({
    program: docker,
    host: dockerHost,
    searchPath,
    bases: { cpu: cpuBase, gpu: gpuBase },
    pythonVersion: place.pythonVersion,
    repository,
    login: user === null || password === null ? null : { user, password },
    runnerFolder: join(place.root, 'runner'),
    scratchFolder: place.scratch,
  });
}
