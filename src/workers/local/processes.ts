/** Processes by their id, as Linux shows them under /proc. A zombie counts as ended: it holds nothing any more. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The command line of a running process, or null where no such process runs. */
export async function commandLineOf(pid: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  return text === '' ? null : text.split('\0').slice(0, -1);
}

/** Ids of the running processes, other than this one, whose command line holds all these arguments. */
export async function findProcesses(args: readonly string[]): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const matches = await Promise.all(
    ids.map(async (pid) => {
      const commandLine = await commandLineOf(pid);
      return pid !== process.pid && commandLine !== null && args.every((arg) => commandLine.includes(arg));
    }),
  );
  return ids.filter((_pid, i) => matches[i]);
}

/**
 * When a process started, in clock ticks since boot, or null where no such process runs. With the pid it names a
 * process for good; the pid alone is used again.
 */
export async function startTimeOf(pid: number): Promise<string | null> {
  if ((await commandLineOf(pid)) === null) return null;
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses and may hold spaces; field 22 is the start time.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Ends a process: the signal first, SIGKILL when it still runs after the time of grace. */
export async function endProcess(pid: number, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  sendSignal(pid, signal);
  const killAt = Date.now() + graceMs;
  let killed = false;
  while ((await commandLineOf(pid)) !== null) {
    if (!killed && Date.now() >= killAt) {
      sendSignal(pid, 'SIGKILL');
      killed = true;
    }
    await sleep(20);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

/** True for a system error with this code ("ENOENT", "ESRCH", …). */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
