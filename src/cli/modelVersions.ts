import { InvalidArgumentError, type Command } from 'commander';
import type { Database } from '../store/database.js';
import { readModel } from '../store/models.js';
import { requireServingAt, type Serving } from '../store/serving.js';
import { listValidations } from '../store/validations.js';
import { listModelVersions } from '../store/versions.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';

interface ServingOptions extends DataDirectoryOption {
  at: Date;
  json?: boolean;
}

/** Adds `models versions` and `models serving`. */
export function addVersionCommands(models: Command): void {
  models
    .command('versions')
    .description('the versions of a model, the newest first')
    .argument('<model>')
    .action(async (model: string, _options: unknown, command: Command) => {
      console.log(
        await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) =>
          describeVersions(db, model),
        ),
      );
    });
  models
    .command('serving')
    .description('what served a model at a moment')
    .argument('<model>')
    .option('--at <moment>', 'ISO 8601, such as 2026-11-25T12:00:00Z; by default now', moment, new Date())
    .option('--json', 'as JSON')
    .action(async (model: string, _options: unknown, command: Command) => {
      const { at, json, ...option } = command.optsWithGlobals<ServingOptions>();
      const serving = await withDatabase(option, (db) => requireServingAt(db, model, at));
      console.log(json === true ? JSON.stringify(serving, null, 2) : describeServing(serving));
    });
}

async function describeVersions(db: Database, model: string): Promise<string> {
  await readModel(db, model);
  const [versions, validations] = await Promise.all([
    listModelVersions(db, model),
    listValidations(db, model, { limit: 100 }),
  ]);
  // The newest comes first, so it is the one kept.
  const verdicts = new Map(validations.map(({ version, verdict }) => [version, verdict] as const).reverse());
  return table(
    ['version', 'kind', 'verdict', 'created', 'run', 'definition', 'artifact'],
    versions.map(({ version, kind, createdAt, runId, definitionDigest, artifactSha256 }) => [
      version,
      kind,
      verdicts.get(version) ?? null,
      createdAt.toISOString(),
      runId.slice(0, 8),
      definitionDigest.slice(0, 12),
      artifactSha256.slice(0, 12),
    ]),
  );
}

function describeServing(serving: Serving): string {
  const { model, epoch, from, until, champion, challenger, cause, reason, actor } = serving;
  const span = `from ${from.toISOString()} ${until === null ? 'until now' : `to ${until.toISOString()}`}`;
  const arms = [
    ['champion', champion, 1 - (challenger?.weight ?? 0)] as const,
    ...(challenger === null ? [] : [['challenger', challenger, challenger.weight] as const]),
  ];
  return [
    `${model}, epoch ${String(epoch)}, ${span}`,
    `${cause}: ${reason} (${actor})`,
    '',
    table(
      ['arm', 'version', 'share', 'run', 'artifact'],
      arms.map(([arm, { version, runId, artifactSha256 }, share]) => [
        arm,
        version,
        `${String(Math.round(share * 1000) / 10)} %`,
        runId,
        artifactSha256,
      ]),
    ),
  ].join('\n');
}

function moment(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('It is not a moment in ISO 8601.');
  return at;
}
