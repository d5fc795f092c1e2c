import { readdirSync } from 'node:fs';
import type { PostgresPrograms } from '../../src/embedded/postgres-programs.ts';

const debianFolder = '/usr/lib/postgresql';

/** Other versions of Postgres that happen to be on this machine, by major version: Debian's packages. */
export function otherPostgres(): { major: number; programs: PostgresPrograms }[] {
  let names: string[] = [];
  try {
    names = readdirSync(debianFolder);
  } catch {
    return [];
  }
  return names
    .map(Number)
    .filter((major) => major >= 15)
    .map((major) => {
      const bin = `${debianFolder}/${major}/bin`;
      return { major, programs: { initdb: `${bin}/initdb`, postgres: `${bin}/postgres` } };
    });
}
