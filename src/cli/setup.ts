import type { Command } from 'commander';
import { ensureNamespace } from '../workers/setUp.js';
import { withTemporal, type DataDirectoryOption } from './settings.js';

export function addSetupCommand(program: Command): void {
  program
    .command('setup')
    .description('create the Temporal namespace and the search attributes that our workflows use')
    .action(async (_options: unknown, command: Command) => {
      await withTemporal(command.optsWithGlobals<DataDirectoryOption>(), async (client) => {
        const { namespace } = client.options;
        await ensureNamespace(client.connection, namespace);
        console.log(`namespace "${namespace}" is ready`);
      });
    });
}
