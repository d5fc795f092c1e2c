import type { BuiltImage } from '../../domain/training-image.ts';

/**
 * Builds images in which the requirements of a script are installed, and puts them into a registry.
 *
 * `build` throws: BusinessFailure `image.build_failed` (the requirements do not install); ConfigurationFailure
 * `image.no_docker`, `image.login_refused`; TransientFailure `image.push_failed`, `image.timeout`.
 */
export type ImageBuilder = {
  /** requirements.txt with exact versions. The same ones give the same image, which is built once. */
  build(requirements: string, options: { signal: AbortSignal }): Promise<BuiltImage>;
  /** For the doctor: what there is to build with, and whether the registry takes the login. @throws as `build` */
  check(options: { signal: AbortSignal }): Promise<string>;
};
