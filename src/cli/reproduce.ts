import type { Command } from 'commander';
import { z } from 'zod';
import { openArtifactStore } from '../artifacts/openArtifactStore.js';
import { parse } from '../domain/parse.js';
import type { RunEnvironment } from '../domain/training.js';
import { parseTrainerModules } from '../workers/processes/trainerModules.js';
import { describeTraining } from './lossCurve.js';
import { createProgress } from './progress.js';
import type { Reproduction } from './reproduceRun.js';
import { readSettings, withDatabase, type DataDirectoryOption } from './settings.js';

export function addReproduceCommand(program: Command): void {
  program
    .command('reproduce')
    .description(
      'train a run again from its lineage, in a clean folder, and compare the models bit by bit; registers nothing',
    )
    .argument('<run>', 'id of the run')
    .action(async (given: string, _options: unknown, command: Command) => {
      const runId = parse(
        z.uuid('must be the id of a run, such as "tempered runs list" shows'),
        given,
        'The run',
      );
      const reproduction = await reproduce(command.optsWithGlobals<DataDirectoryOption>(), runId);
      console.log(describe(reproduction));
      if (!reproduction.identical) process.exitCode = 1;
    });
}

async function reproduce(option: DataDirectoryOption, runId: string): Promise<Reproduction> {
  const { reproduceRun } = await import('./reproduceRun.js');
  const settings = await readSettings(option);
  const artifacts = openArtifactStore(settings);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupted.abort(new Error('Interrupted; nothing was left behind.')));
  }
  const progress = createProgress();
  try {
    return await withDatabase(option, (db) =>
      reproduceRun(runId, {
        db,
        artifacts,
        trainerModules: parseTrainerModules(settings.TEMPERED_TRAINERS),
        signal: interrupted.signal,
        onProgress: (training) => progress.show(`training again · ${describeTraining(training)}`),
      }),
    );
  } finally {
    progress.end();
  }
}

function describe(reproduction: Reproduction): string {
  const { run, trainingRows, recordedSha256, modelSha256, environment, identical, differences } =
    reproduction;
  const by = environment === null ? 'counting' : describeEngine(environment);
  const found = identical ? 'the same model, bit for bit' : 'ANOTHER MODEL';
  const heading = identical ? 'what differs, and did not matter:' : 'what differs:';
  return [
    `run ${run.id} of ${run.model}: ${found}`,
    `  trained again with ${run.trainer} on ${String(trainingRows)} rows by ${by}`,
    `  recorded  ${recordedSha256}`,
    `  again     ${modelSha256}`,
    ...(differences.length === 0 ? [] : [heading, ...differences.map((difference) => `  ${difference}`)]),
  ].join('\n');
}

function describeEngine({ backend, threads }: RunEnvironment): string {
  return threads === null
    ? backend
    : `${backend} on ${String(threads)} ${threads === 1 ? 'thread' : 'threads'}`;
}
