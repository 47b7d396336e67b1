import { readdirSync, readFileSync } from 'node:fs';

interface RunningProcess {
  pid: number;
  parentPid: number;
  command: string;
}

/** Running processes, from Linux' /proc; one that ends meanwhile is left out. */
function runningProcesses(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        if (/^State:\s+Z/m.test(status)) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parentPid: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), command }];
      } catch {
        return [];
      }
    });
}

/** Process ids of the training processes that this process started. */
export function trainingProcessesOf(parentPid: number): number[] {
  return runningProcesses()
    .filter((running) => running.parentPid === parentPid && running.command.includes('training/child.js'))
    .map(({ pid }) => pid);
}

export function isRunning(pid: number): boolean {
  return runningProcesses().some((running) => running.pid === pid);
}
