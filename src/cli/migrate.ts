import type { Command } from 'commander';
import { migrateToLatest } from '../store/database.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';

export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the schema of the database up to date')
    .action(async (_options: unknown, command: Command) => {
      await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), migrateToLatest);
      console.log('the schema is up to date');
    });
}
