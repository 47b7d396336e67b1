/**
 * `npm start [-- --once] [-- --data-dir DIR]`: brings everything up and takes the flight-delay model through its
 * life. Without `--once` it stays up afterwards; Ctrl-C stops it, and the next start goes on where this one stopped.
 */
import { Client, Connection } from '@temporalio/client';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { openDatabase, startLocalStack } from 'tempered';
import { sources } from './data.js';
import { Journal } from './journal.js';
import { firstDay, live } from './life.js';
import { beginStep } from './progress.js';
import { Replay } from './replayProcess.js';
import { renderReports } from './reports.js';

const { values: flags } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    'data-dir': { type: 'string', default: '.tempered' },
  },
});
const dataDirectory = resolve(flags['data-dir']);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

const startedAt = Date.now();
// Whatever still waits for a server that has been stopped must not keep this process alive.
process.exit(await main());

async function main(): Promise<number> {
  const starting = beginStep('Starting PostgreSQL, Temporal, the workers and the gateway');
  let stack: Stack;
  try {
    stack = await startLocalStack({
      dataDirectory,
      sources,
      onProgress: (text) => starting.update(text),
      signal: interrupted.signal,
    });
  } catch (error) {
    starting.fail(error instanceof Error ? error.message : String(error));
    return 1;
  }
  try {
    starting.succeed(stack.addresses.gateway);
    await Promise.race([liveOn(stack), untilInterrupted()]);
    if (!interrupted.signal.aborted && !flags.once) {
      printAddresses(stack);
      await untilInterrupted();
    }
    return interrupted.signal.aborted && flags.once ? 130 : 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`✖ ${message}\n  Logs: ${join(dataDirectory, 'logs')}`);
    return 1;
  } finally {
    console.log('Stopping …');
    await stack.stop();
  }
}

async function untilInterrupted(): Promise<void> {
  if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort');
}

type Stack = Awaited<ReturnType<typeof startLocalStack>>;

async function liveOn(stack: Stack): Promise<void> {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const db = openDatabase(stack.databaseUrl, { maxConnections: 2 });
  const replay = Replay.start({
    gatewayUrl: stack.addresses.gateway,
    apiKey: stack.apiKey,
    from: firstDay,
    checkpointFile: join(dataDirectory, 'replay.json'),
  });
  try {
    const client = new Client({ connection, namespace: stack.temporalNamespace });
    const journal = await Journal.open(join(dataDirectory, 'life.json'));
    await Promise.race([live({ client, db, journal, replay }), replay.untilFailed()]);
    console.log(renderReports(journal.reports()));
    console.log(
      `Replayed: ${replay.describe()}. Took ${((Date.now() - startedAt) / 1000).toFixed(0)} s in all.`,
    );
  } finally {
    await replay.stop();
    await db.destroy();
    await connection.close();
  }
}

function printAddresses({ addresses, apiKey }: Stack): void {
  console.log(
    [
      '',
      `Temporal UI   ${addresses.temporalUi ?? 'that of your Temporal server'}`,
      `Gateway       ${addresses.gateway}`,
      `API docs      ${addresses.docs}`,
      `Status page   ${addresses.status}#key=${apiKey}`,
      `API key       ${apiKey}`,
      '',
      'Ctrl-C stops everything; the next start goes on from here.',
    ].join('\n'),
  );
}
