import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TemperedError } from '../../domain/errors.js';
import type { ServiceName } from '../processes/services.js';
import { endProcess, findProcesses } from './processes.js';
import { forkServer, lastLines, type ServerProcess } from './serverProcess.js';

const program = fileURLToPath(new URL('../processes/main.js', import.meta.url));
const stopSignal = 'SIGTERM';
/** Longer than a worker's own time of grace for the activities it has in hand. */
const stopGraceMs = 20_000;
const readyWithinMs = 120_000;

/**
 * Starts one of our services as a child process and waits until it is ready. It ends by itself when we die.
 *
 * @throws TemperedError `Unavailable` with the end of its log
 */
export async function startServiceProcess(options: {
  service: ServiceName;
  dataDirectory: string;
  environment: NodeJS.ProcessEnv;
}): Promise<ServerProcess> {
  const { service, dataDirectory, environment } = options;
  const logFile = join(dataDirectory, 'logs', `${service}.log`);
  let markReady = (): void => undefined;
  const ready = new Promise<null>((resolve) => {
    markReady = () => resolve(null);
  });
  const server = await forkServer({
    module: program,
    args: [service, dataDirectory],
    environment,
    logFile,
    stopSignal,
    stopGraceMs,
    onMessage: () => markReady(), // "ready" is all a service ever sends.
  });
  const timeout = new AbortController();
  const failure = await Promise.race([
    ready,
    server.ended,
    sleep(readyWithinMs, `not ready in ${String(readyWithinMs / 1000)} s`, { signal: timeout.signal }),
  ]);
  timeout.abort();
  if (failure === null) return server;
  await server.stop();
  throw new TemperedError(
    'Unavailable',
    `The ${service} process did not come up (${failure}). End of ${logFile}:\n${await lastLines(logFile)}`,
  );
}

/** Ends the services that a killed stack left behind on this data directory. */
export async function stopFormerServices(
  dataDirectory: string,
  onProgress: (message: string) => void,
): Promise<void> {
  const orphans = await findProcesses([program, dataDirectory]);
  if (orphans.length === 0) return;
  onProgress('waiting for the processes that a former start left behind');
  await Promise.all(orphans.map((pid) => endProcess(pid, stopSignal, stopGraceMs)));
}
