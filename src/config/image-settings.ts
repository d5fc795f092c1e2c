import { optionalSetting, setting } from './setting.ts';
import { image, secret, text } from './value-schemas.ts';

const repositoryForm = /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)+$/;

/** Images for training machines; see docs/how-to/images.md. */
export const images = {
  repository: optionalSetting({
    env: 'KAGGLE_AGENT_IMAGE_REPOSITORY',
    schema: text().refine(
      (value) => repositoryForm.test(value),
      'be a registry and a repository, such as ghcr.io/somebody/kaggle-agent',
    ),
    example: 'ghcr.io/somebody/kaggle-agent',
    description:
      'Registry and repository for images of training scripts; training machines must be able to pull from it.',
    switchesOn: 'An image is built and pushed for each set of requirements, where docker is at hand.',
  }),
  user: optionalSetting({
    env: 'KAGGLE_AGENT_IMAGE_REGISTRY_USER',
    schema: text(),
    example: 'somebody',
    description: 'User for pushing to that registry. Unset: it is not logged in to.',
  }),
  password: optionalSetting({
    env: 'KAGGLE_AGENT_IMAGE_REGISTRY_PASSWORD',
    schema: secret(),
    isSecret: true,
    example: 'ghp_…',
    description: 'Password or token of that user, with the right to push.',
  }),
  cpuBase: setting({
    env: 'KAGGLE_AGENT_IMAGE_CPU_BASE',
    schema: image(),
    default: 'python:{python}-slim-bookworm',
    example: 'python:3.12-slim-bookworm',
    description:
      'Base image of scripts for tables; {python} stands for the minor version of the Python that trains here.',
  }),
  gpuBase: setting({
    env: 'KAGGLE_AGENT_IMAGE_GPU_BASE',
    schema: image(),
    default: 'pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime',
    example: 'pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime',
    description: 'Base image of scripts that need a graphics card; it brings torch itself.',
  }),
  docker: setting({
    env: 'KAGGLE_AGENT_DOCKER',
    schema: text(),
    default: 'docker',
    example: '/usr/bin/docker',
    description: 'The docker program that builds images, and that runs training scripts in them.',
  }),
  dockerHost: optionalSetting({
    env: 'KAGGLE_AGENT_DOCKER_HOST',
    schema: text(),
    example: 'unix:///run/user/1000/docker.sock',
    description: 'Where its daemon is. Unset: where the docker program looks by itself.',
  }),
};
