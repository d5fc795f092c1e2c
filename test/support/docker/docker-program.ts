import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Stands for the docker program: `docker-program.ts STATE ARGUMENTS…`. It takes the commands that the agent uses, with
 * exactly the options that the real one has, and keeps its registry in the folder STATE.
 */
export type DockerState = {
  hasBuildx: boolean;
  hasDaemon: boolean;
  /** Null: a registry that asks for no login. */
  login: { host: string; user: string; password: string } | null;
  /** What a build or a push says instead of doing it. */
  faults: { build?: string; push?: string };
  /** Digests by tag. */
  registry: Record<string, string>;
};

const [folder = '', ...given] = process.argv.slice(2);
const stateFile = join(folder, 'state.json');
const state: DockerState = JSON.parse(readFileSync(stateFile, 'utf8'));
const save = () => writeFileSync(stateFile, JSON.stringify(state));

function fail(words: string, code = 1): never {
  process.stderr.write(`${words}\n`);
  process.exit(code);
}

function readInput(): string {
  return readFileSync(0, 'utf8');
}

const [configFlag, config = '', ...args] = given;
if (configFlag !== '--config') fail('the settings of the user would be used', 125);
// Nobody but the agent may read a login.
if ((statSync(config).mode & 0o077) !== 0) fail('the folder of settings is open to others', 125);
appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify({ args, env: process.env })}\n`);

function isLoggedIn(): boolean {
  return state.login === null || existsSync(join(config, 'config.json'));
}

function logIn([host, userFlag, user, stdinFlag, ...rest]: string[]): void {
  if (userFlag !== '--username' || stdinFlag !== '--password-stdin' || rest.length > 0)
    fail('unknown flag', 125);
  const { login } = state;
  const isRight = login?.host === host && login?.user === user && login?.password === readInput();
  if (!isRight) fail('Error response from daemon: unauthorized: incorrect username or password');
  writeFileSync(join(config, 'config.json'), '{}');
}

/** What the image is made of, and nothing else, must lie in the context. */
function digestOf(context: string): string {
  const names = readdirSync(context, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(context, name)).isFile());
  const strangers = files.filter((name) => !/^(Dockerfile|requirements\.txt|runner\/\w+\.py)$/.test(name));
  if (strangers.length > 0) fail(`strange files in the context: ${strangers.join(', ')}`, 125);
  const dockerfile = readFileSync(join(context, 'Dockerfile'), 'utf8');
  if (!/^FROM \S+\n/.test(dockerfile) || !/^USER (?!root|0)\w+$/m.test(dockerfile))
    fail('Dockerfile parse error');
  const hash = createHash('sha256');
  for (const name of files) hash.update(name).update(readFileSync(join(context, name)));
  return `sha256:${hash.digest('hex')}`;
}

function push(tag: string, digest: string): void {
  if (state.faults.push !== undefined) fail(state.faults.push);
  if (!isLoggedIn()) fail(`ERROR: failed to push ${tag}: denied`);
  state.registry[tag] = digest;
  save();
}

function buildx(options: string[]): void {
  const [
    provenance,
    sbom,
    argFlag,
    epoch,
    outputFlag,
    output = '',
    metadataFlag,
    metadata = '',
    context = '',
  ] = options;
  const isExact =
    provenance === '--provenance=false' &&
    sbom === '--sbom=false' &&
    argFlag === '--build-arg' &&
    epoch === 'SOURCE_DATE_EPOCH=0' &&
    outputFlag === '--output' &&
    metadataFlag === '--metadata-file' &&
    options.length === 9;
  const tag = /^type=image,name=([^,]+),push=true,rewrite-timestamp=true$/.exec(output)?.[1];
  if (!isExact || tag === undefined) fail(`unknown flag: ${options.join(' ')}`, 125);
  if (state.faults.build !== undefined) fail(state.faults.build);
  const digest = digestOf(context);
  push(tag, digest);
  writeFileSync(metadata, JSON.stringify({ 'containerimage.digest': digest, 'image.name': tag }));
}

function inspect([tag = '', formatFlag, format, ...rest]: string[]): void {
  if (formatFlag !== '--format' || format !== '{{json .Manifest}}' || rest.length > 0)
    fail('unknown flag', 125);
  const digest = state.registry[tag];
  if (digest === undefined || !isLoggedIn()) fail(`ERROR: ${tag}: not found`);
  process.stdout.write(
    `${JSON.stringify({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest })}\n`,
  );
}

function byDaemon(): void {
  if (!state.hasDaemon) fail('Cannot connect to the Docker daemon at unix:///var/run/docker.sock.');
  const [command, first, second = '', context = ''] = args;
  if (command === 'version') process.stdout.write('28.2.2\n');
  else if (command === 'build' && first === '--tag' && args.length === 4) {
    if (state.faults.build !== undefined) fail(state.faults.build);
    writeFileSync(join(folder, 'built.json'), JSON.stringify({ tag: second, digest: digestOf(context) }));
  } else if (command === 'push' && first !== undefined && args.length === 2) {
    const built: { tag: string; digest: string } = JSON.parse(
      readFileSync(join(folder, 'built.json'), 'utf8'),
    );
    if (built.tag !== first) fail(`An image does not exist locally with the tag: ${first}`);
    push(built.tag, built.digest);
    process.stdout.write(`cpu: digest: ${built.digest} size: 1234\n`);
  } else fail(`unknown command: ${args.join(' ')}`, 125);
}

if (args[0] === 'buildx') {
  if (!state.hasBuildx) fail("docker: 'buildx' is not a docker command.");
  if (args[1] === 'version') process.stdout.write('github.com/docker/buildx v0.24.0\n');
  else if (args[1] === 'build') buildx(args.slice(2));
  else if (args[1] === 'imagetools' && args[2] === 'inspect') inspect(args.slice(3));
  else fail('unknown command', 125);
} else if (args[0] === 'login') logIn(args.slice(1));
else byDaemon();
