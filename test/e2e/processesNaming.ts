import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes that name a folder in their command line or environment, this one left out. */
export function processesNaming(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && names(pid, folder));
}

function names(pid: number, folder: string): boolean {
  try {
    return ['cmdline', 'environ'].some((file) =>
      readFileSync(`/proc/${String(pid)}/${file}`, 'utf8').includes(folder),
    );
  } catch {
    // The process has ended between the two looks.
    return false;
  }
}
