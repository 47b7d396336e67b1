import type { Command } from 'commander';
import { z } from 'zod';
import { parse } from '../domain/parse.js';
import { registerEntity } from '../store/entities.js';
import {
  describeFeatureView,
  describeFeatureViews,
  type FeatureViewDescription,
} from '../store/featureCatalogue.js';
import { registerFeatureView } from '../store/featureViews.js';
import { readDefinitionModule } from './definitionFile.js';
import { addFeatureCheckCommand } from './featureCheck.js';
import { addMaterializationCommands } from './featureMaterialization.js';
import { parseVersionedName, versionedName } from './versionedName.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';

export function addFeaturesCommand(program: Command): void {
  const features = program
    .command('features')
    .description('register feature views, bring them into the online store, and look at them');
  features
    .command('apply')
    .description('register entities and feature views; what has changed becomes a new version')
    .argument('<file>', 'JSON, or a module, with "entities" and "featureViews": a list each')
    .action(async (file: string, _options: unknown, command: Command) => {
      console.log(await applyFile(command.optsWithGlobals<DataDirectoryOption>(), file));
    });
  features
    .command('list')
    .description('list the feature views, in their newest versions')
    .action(async (_options: unknown, command: Command) => {
      const views = await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), describeFeatureViews);
      console.log(listOf(views));
    });
  features
    .command('show')
    .description('show a feature view: freshness, statistics, features, and the models that use it')
    .argument('<view>', 'its name, or name@version for an earlier one')
    .action(async (view: string, _options: unknown, command: Command) => {
      const { name, version } = parseVersionedName(view);
      const description = await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) =>
        describeFeatureView(db, name, version),
      );
      console.log(detailsOf(description));
    });
  addMaterializationCommands(features);
  addFeatureCheckCommand(features);
}

const fileSchema = z.object({
  entities: z.array(z.unknown()).default([]),
  featureViews: z.array(z.unknown()).default([]),
});

/** Registers everything in the file, or nothing of it. */
async function applyFile(option: DataDirectoryOption, file: string): Promise<string> {
  const { entities, featureViews } = parse(fileSchema, await readDefinitionModule(file), file);
  return withDatabase(option, (db) =>
    db.transaction(async (transaction) => {
      const lines: string[] = [];
      for (const given of entities) {
        const { definition, version } = await registerEntity(transaction, given);
        lines.push(`entity ${definition.name} is at version ${String(version)}`);
      }
      for (const given of featureViews) {
        const { definition, version } = await registerFeatureView(transaction, given);
        lines.push(`feature view ${definition.name} is at version ${String(version)}`);
      }
      return lines.join('\n');
    }),
  );
}

function listOf(views: readonly FeatureViewDescription[]): string {
  return table(
    ['view', 'entity', 'features', 'known up to', 'models', 'owner', 'description'],
    views.map((view) => [
      versionedName(view.definition.name, view.version),
      view.definition.entity,
      Object.keys(view.definition.features).length,
      view.watermark?.toISOString() ?? null,
      [...new Set(view.users.map(({ model }) => model))].join(', ') || null,
      view.definition.owner,
      view.definition.description,
    ]),
  );
}

function detailsOf(view: FeatureViewDescription): string {
  const { definition, users, materializations } = view;
  const newest = materializations[0];
  const keys = Object.entries(view.entity.keys).map(([key, type]) => `${key} (${type})`);
  const lines = [
    `${versionedName(definition.name, view.version)}: ${definition.description}`,
    `owner ${definition.owner}; newest version ${String(view.newestVersion)}; entity ${view.entity.name} by ${keys.join(', ')}`,
    `source ${definition.source}; a value counts for ${String(definition.ttlHours)} h`,
    view.watermark === null
      ? 'not in the online store yet: tempered features materialize ' + definition.name
      : `known up to ${view.watermark.toISOString()}; newest event ${newest?.statistics.newestEventTime ?? 'none'}`,
    newest === undefined
      ? ''
      : `statistics of ${String(newest.statistics.rows)} rows of ${String(newest.statistics.entities)} entities, ` +
        `known from ${newest.known.from} to ${newest.known.to}`,
    featureTable(view),
    '',
    table(
      ['column', 'computed by'],
      Object.entries(definition.columns).map(([column, expression]) => [column, expression]),
    ),
    '',
    users.length === 0
      ? 'no model uses it yet'
      : table(
          ['model', 'versions', 'current', 'features'],
          users.map(({ model, versions, current, features }) => [
            model,
            versions.join(', ') || null,
            current ? 'yes' : 'no',
            features.join(', '),
          ]),
        ),
  ];
  return lines.join('\n');
}

function featureTable({ definition, materializations, users }: FeatureViewDescription): string {
  const statistics = materializations[0]?.statistics.features ?? {};
  const rounded = (value: number | null | undefined) => (value == null ? null : Number(value.toPrecision(5)));
  return table(
    ['feature', 'type', 'default', 'missing', 'distinct', 'min', 'mean', 'max', 'models', 'description'],
    Object.entries(definition.features).map(([name, feature]) => {
      const found = statistics[name];
      const models = users.filter(({ features }) => features.includes(name)).map(({ model }) => model);
      return [
        name,
        feature.type,
        feature.default,
        found?.missing ?? null,
        found?.distinct ?? null,
        rounded(found?.min),
        rounded(found?.mean),
        rounded(found?.max),
        [...new Set(models)].join(', ') || null,
        feature.description ?? null,
      ];
    }),
  );
}
