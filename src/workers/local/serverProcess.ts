import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { endProcess } from './processes.js';

/** A server program that we started. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when it has ended, with how ("exit code 1", "signal SIGKILL"). */
  readonly ended: Promise<string>;
  /** Asks it to end, kills it when it does not, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface ServerCommand {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  /** Where its output is appended. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopGraceMs: number;
}

/**
 * Starts a server program in a session of its own, so that Ctrl-C on the terminal reaches only us and we can stop
 * everything in order.
 *
 * @throws TemperedError `Unavailable` where the program cannot be run at all
 */
export async function spawnServer(server: ServerCommand): Promise<ServerProcess> {
  await mkdir(dirname(server.logFile), { recursive: true });
  const log = await open(server.logFile, 'a');
  try {
    const child = spawn(server.command, server.args, {
      detached: true,
      env: server.env ?? process.env,
      stdio: ['ignore', log.fd, log.fd],
    });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(describeEnd(code, signal)));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const { pid } = child;
    if (pid === undefined) throw new Error('it has no process id');
    const stop = async (): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null) {
        await endProcess(pid, server.stopSignal, server.stopGraceMs);
      }
      await ended;
    };
    return { pid, ended, stop };
  } catch (error) {
    throw new TemperedError('Unavailable', `${server.command} could not be started: ${messageOf(error)}`, {
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
