import { join } from 'node:path';

/** Where a session keeps its source, its log and its output. */
export function sessionRoot(stateFolder: string, sessionId: number): string {
  return join(stateFolder, 'notebooks', String(sessionId));
}

export function sourcePath(stateFolder: string, sessionId: number): string {
  return join(sessionRoot(stateFolder, sessionId), 'source');
}
