import type { Command } from 'commander';
import { messageOf } from '../../domain/errors.js';
import type { DataDirectoryOption } from '../settings.js';
import { table } from '../table.js';
import {
  checkArtifacts,
  checkNode,
  checkOnnxRuntime,
  checkPostgres,
  checkTemporal,
  isConfigured,
} from './checks.js';
import { findExecutionProviders } from './executionProviders.js';
import type { Finding } from './finding.js';
import { chooseTrainingBackend, findTrainingBackends } from './trainingBackends.js';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('prove that this machine has what Tempered needs; exits with 1 where something is missing')
    .action(async (_options: unknown, command: Command) => {
      const required = await examine(command.optsWithGlobals<DataDirectoryOption>());
      const backends = await findTrainingBackends();
      required.push(await check('TensorFlow.js', () => chooseTrainingBackend(backends)));
      required.push(await check('ONNX Runtime', checkOnnxRuntime));
      print('What Tempered needs', required);
      print('Training backends, the fastest first', backends);
      print('Execution providers of ONNX Runtime', await findExecutionProviders());
      if (required.some(({ state }) => state !== 'ok')) process.exitCode = 1;
    });
}

async function examine(option: DataDirectoryOption): Promise<Finding[]> {
  const findings = [
    await check('Node.js', checkNode),
    await check('PostgreSQL', () => checkPostgres(option)),
    await check('Temporal', () => checkTemporal(option)),
  ];
  if (await isConfigured('TEMPERED_ARTIFACTS', option)) {
    findings.push(await check('Artifact store', () => checkArtifacts(option)));
  }
  return findings;
}

async function check(what: string, look: () => Promise<string> | string): Promise<Finding> {
  try {
    return { what, state: 'ok', detail: await look() };
  } catch (error) {
    return { what, state: 'FAILED', detail: messageOf(error) };
  }
}

function print(title: string, findings: readonly Finding[]): void {
  const rows = findings.map(({ what, state, detail }) => [what, state, detail] as const);
  console.log(`${table([title, 'state', 'detail'], rows)}\n`);
}
