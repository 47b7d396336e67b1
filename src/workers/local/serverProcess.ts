import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { endProcess } from './processes.js';
import { endingWithUs, underSetpriv } from './setpriv.js';

/** A server, or a process of ours, that we started. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when it has ended, with how ("exit code 1", "signal SIGKILL"). */
  readonly ended: Promise<string>;
  /** Asks it to end, kills it when it does not, and waits until it is gone. */
  stop(): Promise<void>;
}

interface ServerOptions {
  args: string[];
  environment: NodeJS.ProcessEnv;
  /** Where its output is appended. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  /** Time from the signal until SIGKILL. */
  stopGraceMs: number;
}

/**
 * Starts a server program in a session of its own, so that Ctrl-C on the terminal reaches only us and we can stop
 * everything in order. Where the system can, it gets its stop signal when we die.
 *
 * @param options - `setprivArgs`: as whom it runs
 * @throws TemperedError `Unavailable` where the program cannot be run at all
 */
export async function spawnServer(
  options: ServerOptions & { command: string; setprivArgs?: readonly string[] },
): Promise<ServerProcess> {
  const setprivArgs = [...(options.setprivArgs ?? []), ...(await endingWithUs(options.stopSignal))];
  const { command, args } = underSetpriv(setprivArgs, options);
  return started(options.command, options, (logDescriptor) =>
    spawn(command, args, {
      detached: true,
      env: options.environment,
      stdio: ['ignore', logDescriptor, logDescriptor],
    }),
  );
}

/**
 * Starts a Node.js program of ours, likewise in a session of its own. Its IPC channel closes when we die.
 *
 * @returns the process, and what it sends
 */
export async function forkServer(
  options: ServerOptions & { module: string; onMessage: (message: unknown) => void },
): Promise<ServerProcess> {
  return started(options.module, options, (logDescriptor) =>
    fork(options.module, options.args, {
      detached: true,
      env: options.environment,
      stdio: ['ignore', logDescriptor, logDescriptor, 'ipc'],
    }).on('message', options.onMessage),
  );
}

async function started(
  program: string,
  options: ServerOptions,
  start: (logDescriptor: number) => ChildProcess,
): Promise<ServerProcess> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const log = await open(options.logFile, 'a');
  try {
    const child = start(log.fd);
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(describeEnd(code, signal)));
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => resolve(child.pid ?? 0));
      child.once('error', reject);
    });
    const stop = async (): Promise<void> => {
      const running = child.exitCode === null && child.signalCode === null;
      if (running) await endProcess(pid, options.stopSignal, options.stopGraceMs);
      await ended;
    };
    return { pid, ended, stop };
  } catch (error) {
    throw new TemperedError('Unavailable', `${program} could not be started: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await log.close();
  }
}

export function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
}

/** The last lines of a log, for the error that says why a server did not come up. */
export async function lastLines(logFile: string, count = 15): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
