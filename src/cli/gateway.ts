import type { Command } from 'commander';
import { runProcess } from '../workers/processes/processMain.js';
import { services } from '../workers/processes/services.js';
import { readSettings, type DataDirectoryOption } from './settings.js';

export function addGatewayCommand(program: Command): void {
  program
    .command('gateway')
    .description('run a gateway that answers predictions; any number of them may run')
    .action(async (_options: unknown, command: Command) => {
      const config = await readSettings(command.optsWithGlobals<DataDirectoryOption>());
      await runProcess('gateway', config, services.gateway);
    });
}
