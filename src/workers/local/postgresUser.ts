/** As whom PostgreSQL runs: it refuses to run as root. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TemperedError } from '../../domain/errors.js';
import { underSetpriv } from './setpriv.js';

const run = promisify(execFile);

export interface PostgresUser {
  /** Who must own the data directory; null: the user we are. */
  owner: { uid: number; gid: number } | null;
  /** Arguments of `setpriv` that turn us into that user. */
  identity: string[];
  /** The same, with what it takes to reach the data directory. */
  setprivArgs: string[];
}

/**
 * The user we are; as root, `postgres` or else `nobody`. Where that user cannot reach the folder (one under /root,
 * say) it gets the capability to, instead of the folder being opened to everybody.
 *
 * @param folder - where the data directory lies or will lie
 * @throws TemperedError `Unavailable` where there is no such user, or no way to reach the folder
 */
export async function choosePostgresUser(folder: string): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { owner: null, identity: [], setprivArgs: [] };
  const owner = (await idsOf('postgres')) ?? (await idsOf('nobody'));
  if (owner === null) {
    throw new TemperedError(
      'Unavailable',
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. Run as an ' +
        'ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  const identity = [`--reuid=${String(owner.uid)}`, `--regid=${String(owner.gid)}`, '--clear-groups'];
  const capable = [...identity, '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  for (const setprivArgs of [identity, capable]) {
    if (await canEnter(setprivArgs, folder)) return { owner, identity, setprivArgs };
  }
  throw new TemperedError(
    'Unavailable',
    `PostgreSQL does not run as root, and the user with id ${String(owner.uid)} cannot reach ${folder}. Run as an ` +
      'ordinary user, choose a folder that others may enter, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** Whether the user, without any capability, may run this program. */
export function canRun(user: PostgresUser, program: string): Promise<boolean> {
  return succeeds(user.identity, 'test', ['-x', program]);
}

/** Whether a program under these arguments of `setpriv` may enter a folder. */
export function canEnter(setprivArgs: readonly string[], folder: string): Promise<boolean> {
  return succeeds(setprivArgs, 'sh', ['-c', 'cd "$1"', 'sh', folder]);
}

function succeeds(setprivArgs: readonly string[], program: string, programArgs: string[]): Promise<boolean> {
  const { command, args } = underSetpriv(setprivArgs, { command: program, args: programArgs });
  return run(command, args).then(
    () => true,
    () => false,
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
