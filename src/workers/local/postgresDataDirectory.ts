/**
 * The data directory of the local PostgreSQL. Invariants: it is whole or absent, also when its making is killed
 * half-way; at most one server runs on it.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, TemperedError } from '../../domain/errors.js';
import type { PostgresPrograms } from './postgresPrograms.js';
import type { PostgresUser } from './postgresUser.js';
import { commandLineOf, endProcess, isErrno } from './processes.js';
import { underSetpriv } from './setpriv.js';

const run = promisify(execFile);

/** Linux gives out ids below 2^22 only, so no process ever has this one. */
const neverAProcessId = 2 ** 22;

/** Environment of PostgreSQL's programs: no locale of the machine changes how they sort or speak. */
export const postgresEnvironment = { ...process.env, LC_ALL: 'C' };

/** The superuser's password; made once, readable by its owner only. */
export async function readOrMakePassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    const password = randomBytes(24).toString('hex');
    await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
    return password;
  }
}

export async function isInitialised(dataDirectory: string): Promise<boolean> {
  return access(join(dataDirectory, 'PG_VERSION')).then(
    () => true,
    (error: unknown) => {
      if (isErrno(error, 'ENOENT')) return false;
      throw error;
    },
  );
}

/**
 * Makes the data directory beside its place and renames it.
 *
 * @throws TemperedError `Unavailable` with what initdb said
 */
export async function initialise(
  dataDirectory: string,
  superuser: { name: string; password: string },
  programs: PostgresPrograms,
  user: PostgresUser,
): Promise<void> {
  const unfinished = `${dataDirectory}.unfinished`;
  const passwordFile = `${dataDirectory}.initdb-password`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await rm(passwordFile, { force: true });
    await writeFile(passwordFile, superuser.password, { mode: 0o600 });
    if (user.owner !== null) {
      const { uid, gid } = user.owner;
      await Promise.all([unfinished, passwordFile].map((path) => chown(path, uid, gid)));
    }
    const { command, args } = underSetpriv(user.setprivArgs, {
      command: programs.initdb,
      args: [
        `--pgdata=${unfinished}`,
        `--username=${superuser.name}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
      ],
    });
    await run(command, args, { env: postgresEnvironment });
    await rename(unfinished, dataDirectory);
  } catch (error) {
    throw new TemperedError('Unavailable', `PostgreSQL's initdb failed: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Stops a server of this data directory that still runs: the orphan of a killed parent. A pid in its lock file that
 * now belongs to another program (or to a zombie) would make PostgreSQL refuse to start; it is replaced there rather
 * than the file removed, because the file also names the shared memory that proves no backend is left.
 */
export async function stopFormerPostgres(
  dataDirectory: string,
  onProgress: (message: string) => void,
): Promise<void> {
  const processLock = join(dataDirectory, 'postmaster.pid');
  const lines = (await readFile(processLock, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const commandLine = await commandLineOf(pid);
  if (commandLine?.includes(dataDirectory) === true) {
    onProgress(`stopping the PostgreSQL that a former start left behind (process ${String(pid)})`);
    await endProcess(pid, 'SIGINT', 20_000);
  } else {
    await writeFile(processLock, [String(neverAProcessId), ...lines.slice(1)].join('\n'));
  }
}
