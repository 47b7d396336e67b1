import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from './pythonEnvironment.js';

export const feastRequirements = ['feast[duckdb]==0.67.0'];

export interface Feast {
  /** Joins, writes the rows to this Parquet file, and answers the seconds that it took. */
  join(output: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts Feast over a folder's features.parquet and entities.parquet, imports and registry done. */
export async function startFeast(
  directory: string,
  { ttlHours, features }: { ttlHours: number; features: readonly string[] },
): Promise<Feast> {
  const program = fileURLToPath(new URL('../../bench/feastJoin.py', import.meta.url));
  const child = spawn(
    await pythonEnvironment(feastRequirements),
    ['-W', 'ignore', program, directory, String(ttlHours), features.join(',')],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, FEAST_USAGE: 'False' } },
  );
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const answer = await answers.next();
    if (answer.done === true) throw new Error('Feast has stopped; see its message above');
    return answer.value;
  };
  let line = await nextLine();
  while (line !== 'ready') line = await nextLine();
  return {
    async join(output) {
      child.stdin.write(`${output}\n`);
      return Number(await nextLine());
    },
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
