import { Argument, type Command } from 'commander';
import { runProcess } from '../workers/processes/processMain.js';
import { services } from '../workers/processes/services.js';
import { readSettings, type DataDirectoryOption } from './settings.js';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description(
      'run a worker: "control" for workflows and light activities, "gpu" for training and evaluation',
    )
    .addArgument(new Argument('<kind>').choices(['control', 'gpu']))
    .action(async (kind: 'control' | 'gpu', _options: unknown, command: Command) => {
      const config = await readSettings(command.optsWithGlobals<DataDirectoryOption>());
      const service = kind === 'control' ? 'control-worker' : 'gpu-worker';
      await runProcess(service, config, services[service]);
    });
}
