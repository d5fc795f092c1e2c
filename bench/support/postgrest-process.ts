import { startPostgrestStandIn } from '../../test/support/postgrest.ts';

/** A process that serves the stand-in over the database in its argument, says where, and lives until it is ended. */
const [, , connectionString = ''] = process.argv;
const server = await startPostgrestStandIn({ connectionString, poolSize: 6 });
console.log(server.url);
process.stdin.resume();
process.stdin.on('end', () => {
  void server.close().then(() => process.exit(0));
});
