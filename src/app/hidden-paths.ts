import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';

/** What code that nobody has reviewed shall not see on this machine: hidden labels, keys, the agent's own data. */
export function hiddenPathsOf(config: Config, root: string, dataFolder: string): string[] {
  return [
    dataFolder,
    join(root, 'data'),
    ...config.arena.folders,
    join(root, '.env'),
    join(homedir(), '.kaggle'),
  ];
}
