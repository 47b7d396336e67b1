/**
 * How long the whole life of the flights example takes, as a newcomer runs it: `npm run bench:life [-- runs]`.
 * Each run begins with an empty data directory; dependencies and the Temporal program are there already.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../src/statistics/quantile.js';

const program = fileURLToPath(new URL('../examples/flights/start.js', import.meta.url));
const runs = Number(process.argv[2] ?? 3);
const seconds: number[] = [];
for (let run = 1; run <= runs; run++) {
  seconds.push(await timeOneLife());
  console.log(`run ${String(run)} of ${String(runs)}: ${(seconds.at(-1) ?? 0).toFixed(0)} s`);
}
console.log(
  `median ${quantile(seconds, 0.5).toFixed(0)} s, from ${Math.min(...seconds).toFixed(0)} to ${Math.max(...seconds).toFixed(0)} s`,
);

async function timeOneLife(): Promise<number> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
  try {
    const startedAt = performance.now();
    const life = spawn(process.execPath, [program, '--once', '--data-dir', dataDirectory], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(life, 'exit');
    if (life.exitCode !== 0) throw new Error(`the life ended with ${String(life.exitCode)}`);
    return (performance.now() - startedAt) / 1000;
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
