import { spawn } from 'node:child_process';

const keptCharacters = 4000;

/** A program that ended badly. */
export class ProgramFailed extends Error {
  constructor(
    how: string,
    /** Null where a signal ended it. */
    readonly exitCode: number | null,
    /** The end of what it wrote to standard error. */
    readonly said: string,
  ) {
    super(said === '' ? how : `${how}: ${said}`);
  }
}

export interface ProgramOptions {
  /** After this long it is killed. */
  timeoutMs: number;
  cwd?: string;
  environment?: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output
 * @throws ProgramFailed
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { timeoutMs, cwd, environment = process.env }: ProgramOptions,
): Promise<string> {
  const child = spawn(program, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, said, timedOut] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = (said + text).slice(-keptCharacters)));
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const end = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      const how = timedOut ? `it did not end within ${timeoutMs / 1000} s` : `it ended with ${end}`;
      if (code === 0) resolve(output);
      else reject(new ProgramFailed(how, code, said.trim()));
    });
  });
}
