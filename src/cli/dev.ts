import type { Command } from 'commander';
import { parseSources } from '../workers/processes/sources.js';
import { startLocalStack, type LocalStack } from '../workers/local/stack.js';
import { createProgress } from './progress.js';
import type { DataDirectoryOption } from './settings.js';
import { table } from './table.js';

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description('run everything on this machine: PostgreSQL, Temporal, workers and a gateway, until Ctrl-C')
    .action(async (_options: unknown, command: Command) => {
      await runStack(command.optsWithGlobals<DataDirectoryOption>());
    });
}

async function runStack({ dataDir }: DataDirectoryOption): Promise<void> {
  const stopping = new AbortController();
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        stopping.abort(new Error('stopped before everything was up'));
        resolve();
      });
    }
  });
  const progress = createProgress();
  const stack = await startLocalStack({
    dataDirectory: dataDir,
    sources: parseSources(process.env['TEMPERED_SOURCES'] ?? '{}'),
    onProgress: (message) => progress.show(message),
    signal: stopping.signal,
  });
  progress.end('everything is up');
  console.log(describeStack(stack));
  await interrupted;
  progress.show('stopping');
  await stack.stop();
  progress.end('stopped');
}

function describeStack({ addresses, apiKey }: LocalStack): string {
  return table(
    ['', ''],
    [
      ['Temporal UI', addresses.temporalUi],
      ['gateway', addresses.gateway],
      ['API docs', addresses.docs],
      ['status page', addresses.status],
      ['API key', apiKey],
    ],
  ).trimStart();
}
