import type { Command } from 'commander';
import { aliasSchema, derivedAliases, derivedVersion } from '../domain/alias.js';
import { parse } from '../domain/parse.js';
import { listAliases, listAliasMoves, setAlias } from '../store/aliases.js';
import type { Database } from '../store/database.js';
import { readDeployment } from '../store/deployments.js';
import { readModel } from '../store/models.js';
import { actorOf } from './actor.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';
import { versionNumber } from './versionNumber.js';

interface MoveOptions extends DataDirectoryOption {
  reason: string;
}

/** Adds `models aliases` and `models alias set|remove`. */
export function addAliasCommands(models: Command): void {
  models
    .command('aliases')
    .description('which versions a model has names for; champion and challenger follow from what is deployed')
    .argument('<model>')
    .option('--history', 'every move, the newest first')
    .action(async (model: string, _options: unknown, command: Command) => {
      const { history, ...option } = command.optsWithGlobals<DataDirectoryOption & { history?: boolean }>();
      console.log(
        await withDatabase(option, (db) =>
          history === true ? describeMoves(db, model) : describeAliases(db, model),
        ),
      );
    });
  const alias = models.command('alias').description('name a version, or take the name away');
  alias
    .command('set')
    .description('let an alias name a version, whatever it named before')
    .argument('<model>')
    .argument('<alias>')
    .argument('<version>', 'number of the version', versionNumber)
    .option('--reason <reason>', 'why, for the audit trail', 'no reason given')
    .action(async (model: string, name: string, version: number, _options: unknown, command: Command) => {
      await move(command, model, name, version);
      console.log(`${model}: "${name}" is version ${String(version)}`);
    });
  alias
    .command('remove')
    .description('let an alias name nothing; its history stays')
    .argument('<model>')
    .argument('<alias>')
    .option('--reason <reason>', 'why, for the audit trail', 'no reason given')
    .action(async (model: string, name: string, _options: unknown, command: Command) => {
      await move(command, model, name, null);
      console.log(`${model}: "${name}" names nothing any more`);
    });
}

async function move(command: Command, model: string, name: string, version: number | null): Promise<void> {
  const { reason, ...option } = command.optsWithGlobals<MoveOptions>();
  const alias = parse(aliasSchema, name, 'The alias');
  await withDatabase(option, (db) =>
    setAlias(db, model, { alias, version, reason, actor: actorOf('models alias') }),
  );
}

async function describeAliases(db: Database, model: string): Promise<string> {
  await readModel(db, model);
  const [deployment, aliases] = await Promise.all([readDeployment(db, model), listAliases(db, model)]);
  const derived = derivedAliases.map((alias) => [
    alias,
    derivedVersion(alias, deployment),
    deployment?.createdAt ?? null,
    deployment?.actor ?? null,
    deployment?.reason ?? null,
  ]);
  const set = aliases.map(({ alias, version, setAt, actor, reason }) => [
    alias,
    version,
    setAt.toISOString(),
    actor,
    reason,
  ]);
  return table(
    ['alias', 'version', 'decided', 'by', 'why'],
    [...derived.filter(([, version]) => version !== null), ...set],
  );
}

async function describeMoves(db: Database, model: string): Promise<string> {
  await readModel(db, model);
  return table(
    ['when', 'alias', 'version', 'by', 'why'],
    (await listAliasMoves(db, model)).map(({ setAt, alias, version, actor, reason }) => [
      setAt.toISOString(),
      alias,
      version,
      actor,
      reason,
    ]),
  );
}
