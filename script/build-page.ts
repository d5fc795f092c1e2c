import { resolve } from 'node:path';
import { ensurePageBuilt } from '../src/embedded/page/build-page.ts';

/** Builds the local chat page where it is missing or older than its sources; exit 1 where that fails. */
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: object, message: string) => console.error(message, fields),
  error: (fields: object, message: string) => console.error(message, fields),
};
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());

await ensurePageBuilt({ root: resolve(import.meta.dirname, '..'), log, signal: stopping.signal });
