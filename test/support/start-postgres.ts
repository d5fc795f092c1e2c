import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { silentLog } from './silent-log.ts';

/** A process that starts the database of the folder in its argument, says so, and lives until it is ended. */
const [, , dataFolder = ''] = process.argv;
const postgres = await startEmbeddedPostgres({
  dataFolder,
  log: silentLog,
  signal: AbortSignal.timeout(60_000),
});
console.log(JSON.stringify({ connectionString: postgres.connectionString, adopted: postgres.adopted }));
process.stdin.resume();
process.stdin.on('end', () => {
  void postgres.stop().then(() => process.exit(0));
});
