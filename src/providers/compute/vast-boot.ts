import { readFile } from 'node:fs/promises';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { StartSpec } from './contract.ts';

const scriptPath = new URL('./vast-boot.py', import.meta.url);
/** Of all arguments together. Source: vast-ai/docs, create_instance.yaml, `args`. */
const mostCharacters = 4_096;

/**
 * The command of a machine: fetches the runner, runs the job, destroys the machine.
 * URLs go as arguments, since the limit of an environment variable (256 characters) is less than a signed one needs.
 * @throws ConfigurationFailure `compute.start_too_long`: links that carry a session token alone are longer
 */
export async function bootArguments(spec: StartSpec, apiUrl: string): Promise<string[]> {
  const script = withoutComments(await readFile(scriptPath, 'utf8'));
  const seconds = String(Math.ceil(spec.maxLifeSeconds));
  const args = ['python3', '-c', script, spec.runnerUrl ?? '', spec.jobSheetUrl, seconds, apiUrl];
  const characters = args.join(' ').length;
  if (characters > mostCharacters) {
    throw new ConfigurationFailure(
      "Vast.ai takes no links as long as those of S3 with a session token; give S3 keys without one, or leave Vast.ai's key out.",
      {
        code: 'compute.start_too_long',
        details: { characters, mostCharacters, surelyNothingHappened: true },
      },
    );
  }
  return args;
}

/** What is for readers does not travel. */
function withoutComments(script: string): string {
  return script
    .replace(/^"""[\s\S]*?"""\n/, '')
    .replaceAll(/^ *#.*\n/gm, '')
    .replaceAll(/ {2}# noqa.*$/gm, '')
    .replaceAll(/\n{2,}/g, '\n');
}
