import type { Command } from 'commander';
import { messageOf } from '../domain/errors.js';
import { checkNode, checkOnnxRuntime, checkPostgres, checkTemporal, checkTensorFlow } from './checks.js';
import type { DataDirectoryOption } from './settings.js';
import { table } from './table.js';

const checks = [
  ['Node.js', checkNode],
  ['PostgreSQL', checkPostgres],
  ['Temporal', checkTemporal],
  ['TensorFlow.js', checkTensorFlow],
  ['ONNX Runtime', checkOnnxRuntime],
] as const;

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('prove that this machine has what Tempered needs; exits with 1 where something is missing')
    .action(async (_options: unknown, command: Command) => {
      const option = command.optsWithGlobals<DataDirectoryOption>();
      const rows: [string, string, string][] = [];
      for (const [name, check] of checks) {
        rows.push(
          await check(option).then(
            (found): [string, string, string] => [name, 'ok', found],
            (error: unknown): [string, string, string] => [name, 'FAILED', messageOf(error)],
          ),
        );
      }
      console.log(table(['what', 'state', 'detail'], rows));
      if (rows.some(([, state]) => state !== 'ok')) process.exitCode = 1;
    });
}
