import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';

/** Where programs keep keys and logins of the user that the agent runs as. */
const homeFolders = [
  '.kaggle',
  '.ssh',
  '.aws',
  '.gnupg',
  '.docker',
  '.kube',
  '.netrc',
  '.git-credentials',
  '.pypirc',
  '.npmrc',
  '.vault-token',
  '.config/gcloud',
  '.config/gh',
  '.config/kaggle',
  '.huggingface',
  '.cache/huggingface/token',
];
/** Only an administrator could read them, and an agent in a container may be one. */
const systemFiles = ['/etc/shadow', '/etc/gshadow', '/run/secrets'];

/** What code that nobody has reviewed shall not see on this machine: hidden labels, keys, the agent's own data. */
export function hiddenPathsOf(config: Config, root: string, dataFolder: string): string[] {
  return [
    dataFolder,
    join(root, 'data'),
    ...config.arena.folders,
    join(root, '.env'),
    ...homeFolders.map((name) => join(homedir(), name)),
    ...systemFiles,
  ];
}
