import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type BaseImages, chooseBase, writeDockerfile } from '../../domain/dockerfile.ts';
import { BusinessFailure, ConfigurationFailure, TransientFailure } from '../../domain/errors.ts';
import type { BuiltImage } from '../../domain/training-image.ts';
import { diskFailure } from '../disk-failure.ts';
import type { ImageBuilder } from './contract.ts';
import { createDockerCli, type DockerCli, type DockerCliOptions } from './docker-cli.ts';

export type DockerImagesOptions = Pick<DockerCliOptions, 'program' | 'host' | 'searchPath'> & {
  bases: BaseImages;
  /** Of the interpreter that the requirements are pinned for. */
  pythonVersion: string | null;
  /** Host and repository, e.g. `ghcr.io/somebody/kaggle-agent`. */
  repository: string;
  /** Null for a registry that asks for none. */
  login: { user: string; password: { reveal(): string } } | null;
  /** Folder of runner.py and what it imports. */
  runnerFolder: string;
  /** Holds one folder per build while it lasts. */
  scratchFolder: string;
};

const shortMs = 60_000;
/** Packages with their graphics card's libraries are some gigabytes; what was pushed before the end stays pushed. */
const buildMs = 10 * 60_000;
const maxMessageChars = 600;
const tagLength = 32;

const manifestSchema = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });
const metadataSchema = z.object({ 'containerimage.digest': z.string().regex(/^sha256:[0-9a-f]{64}$/) });

type Place = { folder: string; docker: DockerCli; signal: AbortSignal };

/** Builds with the docker program: by buildx where it has it, else by its daemon. */
export function createDockerImages(options: DockerImagesOptions): ImageBuilder {
  return {
    build: (requirements, { signal }) =>
      inFolder(options, signal, (place) => build(options, requirements, place)),
    check: ({ signal }) => inFolder(options, signal, (place) => check(options, place)),
  };
}

async function inFolder<T>(
  options: DockerImagesOptions,
  signal: AbortSignal,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const folder = join(options.scratchFolder, `image-${randomUUID()}`);
  const configFolder = join(folder, 'config');
  try {
    await mkdir(configFolder, { recursive: true, mode: 0o700 }).catch(diskFailure);
    return await work({ folder, docker: createDockerCli({ ...options, configFolder }), signal });
  } finally {
    // The login with it.
    await rm(folder, { recursive: true, force: true });
  }
}

async function build(options: DockerImagesOptions, requirements: string, place: Place): Promise<BuiltImage> {
  const startedAt = performance.now();
  const { kind, base } = chooseBase(options.bases, requirements, options.pythonVersion);
  const dockerfile = writeDockerfile({ kind, base, content: 'runner' });
  const context = join(place.folder, 'context');
  const digestOfContent = await writeContext(options, context, { dockerfile, requirements });
  const tag = `${options.repository}:${kind}-${digestOfContent.slice(0, tagLength)}`;
  const hasBuildx = await findBuildx(place);
  await logIn(options, place);
  const there = hasBuildx ? await findInRegistry(tag, place) : null;
  const digest = there ?? (await (hasBuildx ? buildx : buildAndPush)(tag, context, place));
  return {
    status: 'built',
    reference: `${options.repository}@${digest}`,
    digest,
    base,
    wasThere: there !== null,
    seconds: Math.round(performance.now() - startedAt) / 1000,
  };
}

/** Exactly the files that the Dockerfile names. @returns the digest of all that an image is made of */
async function writeContext(
  { runnerFolder }: DockerImagesOptions,
  context: string,
  { dockerfile, requirements }: { dockerfile: string; requirements: string },
): Promise<string> {
  await mkdir(join(context, 'runner'), { recursive: true });
  await writeFile(join(context, 'Dockerfile'), dockerfile);
  await writeFile(join(context, 'requirements.txt'), requirements);
  const hash = createHash('sha256').update(dockerfile).update('\0').update(requirements);
  const names = (await readdir(runnerFolder)).filter((name) => name.endsWith('.py')).sort();
  for (const name of names) {
    hash.update(`\0${name}\0`).update(await readFile(join(runnerFolder, name)));
    await copyFile(join(runnerFolder, name), join(context, 'runner', name));
  }
  return hash.digest('hex');
}

/** @throws ConfigurationFailure `image.no_docker` where there is nothing to build with */
async function findBuildx({ docker, signal }: Place): Promise<boolean> {
  const buildxVersion = await docker(['buildx', 'version'], { signal, timeoutMs: shortMs });
  if (buildxVersion.exitCode === 0) return true;
  const daemon = await docker(['version', '--format', '{{.Server.Version}}'], { signal, timeoutMs: shortMs });
  if (daemon.exitCode === 0) return false;
  throw new ConfigurationFailure(
    `There is neither docker buildx nor a docker daemon, so no images are built: ${shown(daemon.errors)}`,
    { code: 'image.no_docker' },
  );
}

/** The password goes by standard input: a command line can be read by every user of the machine. */
async function logIn({ repository, login }: DockerImagesOptions, { docker, signal }: Place): Promise<void> {
  if (login === null) return;
  const host = repository.split('/')[0] ?? repository;
  const args = ['login', host, '--username', login.user, '--password-stdin'];
  const input = login.password.reveal();
  const answer = await docker(args, { signal, timeoutMs: shortMs, input });
  if (answer.exitCode === 0) return;
  throw new ConfigurationFailure(
    `The image registry ${host} refuses the login of ${login.user}; renew KAGGLE_AGENT_IMAGE_REGISTRY_PASSWORD.`,
    { code: 'image.login_refused' },
  );
}

/** @returns its digest, null where it has to be built */
async function findInRegistry(tag: string, { docker, signal }: Place): Promise<string | null> {
  const args = ['buildx', 'imagetools', 'inspect', tag, '--format', '{{json .Manifest}}'];
  const { exitCode, output } = await docker(args, { signal, timeoutMs: shortMs });
  return exitCode === 0 ? (manifestSchema.safeParse(parseJson(output)).data?.digest ?? null) : null;
}

async function buildx(tag: string, context: string, { folder, docker, signal }: Place): Promise<string> {
  const metadata = join(folder, 'metadata.json');
  // Nothing of the time or the place of a build is in the image: the same content gives the same digest.
  const same = ['--provenance=false', '--sbom=false', '--build-arg', 'SOURCE_DATE_EPOCH=0'];
  const output = `type=image,name=${tag},push=true,rewrite-timestamp=true`;
  const args = ['buildx', 'build', ...same, '--output', output, '--metadata-file', metadata, context];
  const answer = await docker(args, { signal, timeoutMs: buildMs });
  if (answer.exitCode !== 0) throw buildFailure(answer.errors);
  const found = metadataSchema.safeParse(parseJson(await readFile(metadata, 'utf8').catch(() => '')));
  if (found.success) return found.data['containerimage.digest'];
  throw new TransientFailure('docker built an image and did not tell its digest.', {
    code: 'image.push_failed',
  });
}

async function buildAndPush(tag: string, context: string, { docker, signal }: Place): Promise<string> {
  const built = await docker(['build', '--tag', tag, context], { signal, timeoutMs: buildMs });
  if (built.exitCode !== 0) throw buildFailure(built.errors || built.output);
  const pushed = await docker(['push', tag], { signal, timeoutMs: buildMs });
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed.output)?.[1];
  if (pushed.exitCode === 0 && digest !== undefined) return digest;
  throw new TransientFailure(`The image could not be pushed: ${shown(pushed.errors)}`, {
    code: 'image.push_failed',
  });
}

function buildFailure(words: string): BusinessFailure | TransientFailure {
  // buildx builds and pushes in one call; only the push and the fetching of the base speak of the network.
  if (/failed to (push|do request|fetch)|connection re(set|fused)|i\/o timeout|TLS handshake/i.test(words)) {
    return new TransientFailure(`The image could not be pushed: ${shown(words)}`, {
      code: 'image.push_failed',
    });
  }
  return new BusinessFailure(`The image could not be built: ${shown(words)}`, { code: 'image.build_failed' });
}

async function check(options: DockerImagesOptions, place: Place): Promise<string> {
  const hasBuildx = await findBuildx(place);
  await logIn(options, place);
  return `${options.repository}, built with ${hasBuildx ? 'docker buildx' : 'the docker daemon'}`;
}

/** The last words, which tell what went wrong. */
function shown(words: string): string {
  const text = words.trim();
  return text === '' ? 'it gave no reason.' : text.slice(-maxMessageChars);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
