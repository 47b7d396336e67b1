/** util-linux' `setpriv`: changes who and what a program runs as, and then becomes that program. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CommandLine {
  command: string;
  args: string[];
}

/** The command line that runs a program under these arguments of `setpriv`; itself where there are none. */
export function underSetpriv(setprivArgs: readonly string[], { command, args }: CommandLine): CommandLine {
  if (setprivArgs.length === 0) return { command, args };
  return { command: 'setpriv', args: [...setprivArgs, '--', command, ...args] };
}

/**
 * Arguments by which the kernel sends a program this signal when we die, however that comes about. Empty where
 * `setpriv` is missing or too old: then the program lives on until the next start stops it.
 */
export async function endingWithUs(signal: NodeJS.Signals): Promise<string[]> {
  const args = ['--pdeathsig', signal.replace(/^SIG/, '')];
  return run('setpriv', [...args, 'true']).then(
    () => args,
    () => [],
  );
}
