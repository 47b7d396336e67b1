#!/usr/bin/env node
/** `tempered`: exits with 0 when done, 1 when something failed, 2 when it was called wrongly. */
import { Command, CommanderError } from 'commander';
import { addArtifactsCommand } from './cli/artifacts.js';
import { addDatasetsCommand } from './cli/datasets.js';
import { addDevCommand } from './cli/dev.js';
import { addDoctorCommand } from './cli/doctor/doctor.js';
import { addFeaturesCommand } from './cli/features.js';
import { addGatewayCommand } from './cli/gateway.js';
import { addKeysCommand } from './cli/keys.js';
import { addLineageCommand } from './cli/lineage.js';
import { addMigrateCommand } from './cli/migrate.js';
import { addModelsCommand } from './cli/models.js';
import { addReproduceCommand } from './cli/reproduce.js';
import { addRollbackCommand } from './cli/rollback.js';
import { addRunsCommand } from './cli/runs.js';
import { addSetupCommand } from './cli/setup.js';
import { addStatusCommand } from './cli/status.js';
import { addTensorFlowCommand } from './cli/tensorflow.js';
import { addTrainCommand } from './cli/train.js';
import { addTuneCommand } from './cli/tune.js';
import { addWorkerCommand } from './cli/worker.js';
import { messageOf } from './domain/errors.js';

const program = new Command('tempered')
  .description('the whole life of a machine-learning model as durable Temporal workflows')
  .option('--data-dir <folder>', 'folder of the local stack', '.tempered')
  .option('--verbose', 'print the whole error, with its causes')
  .exitOverride()
  .showHelpAfterError('(see --help)');

for (const addCommand of [
  addDevCommand,
  addWorkerCommand,
  addGatewayCommand,
  addMigrateCommand,
  addSetupCommand,
  addKeysCommand,
  addModelsCommand,
  addFeaturesCommand,
  addTrainCommand,
  addReproduceCommand,
  addTuneCommand,
  addRollbackCommand,
  addRunsCommand,
  addLineageCommand,
  addDatasetsCommand,
  addArtifactsCommand,
  addStatusCommand,
  addTensorFlowCommand,
  addDoctorCommand,
]) {
  addCommand(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what is wrong by itself; --help and --version end here too, with 0.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(program.opts<{ verbose?: boolean }>().verbose === true ? error : messageOf(error));
    process.exitCode = 1;
  }
}
