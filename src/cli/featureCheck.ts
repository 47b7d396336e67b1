import { InvalidArgumentError, type Command } from 'commander';
import { measureSkew, type FeatureSkew } from '../activities/featureSkew.js';
import { namedSource } from '../activities/namedSource.js';
import { sampleEntities } from '../artifacts/offlineFeatures.js';
import { withFeatureView } from '../artifacts/openFeatureView.js';
import { TemperedError } from '../domain/errors.js';
import type { Database } from '../store/database.js';
import { readWatermark } from '../store/materializations.js';
import { OnlineFeatureReader, requireOnlineView } from '../store/onlineFeatures.js';
import { parseSources } from '../workers/processes/sources.js';
import { readSettings, withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';
import { parseVersionedName, versionedName } from './versionedName.js';

/** Skewed values shown; one is enough to look for the cause. */
const shownSkews = 10;
const mostEntities = 10_000;

type CheckOptions = DataDirectoryOption & { entities: number };

export function addFeatureCheckCommand(features: Command): void {
  features
    .command('check')
    .description(
      'compare the online store with a point-in-time join over the source, which TEMPERED_SOURCES names; fails on skew',
    )
    .argument('<view>', 'its name, or name@version for an earlier one')
    .option('--entities <number>', 'how many entities to compare', entityCount, 500)
    .action(async (view: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CheckOptions>();
      console.log(await withDatabase(options, (db) => check(db, view, options)));
    });
}

/** @throws TemperedError `UnusableData` where a value differs, or nothing could be compared */
async function check(db: Database, given: string, options: CheckOptions): Promise<string> {
  const config = await readSettings(options);
  const { name, version } = parseVersionedName(given);
  const view = await requireOnlineView(db, name, version);
  const named = versionedName(name, view.version);
  const moment = (await readWatermark(db, view))?.toISOString();
  if (moment === undefined) {
    throw new TemperedError(
      'UnusableData',
      `${named} is not in the online store yet. Start with: tempered features materialize ${given}`,
    );
  }
  const sources = parseSources(config.TEMPERED_SOURCES, config.TEMPERED_S3_ENDPOINT);
  const source = namedSource({ sources }, view.definition.source, `Feature view ${named}`);
  const reader = new OnlineFeatureReader(config.DATABASE_URL);
  try {
    const { compared, skews } = await withFeatureView(
      source,
      { view: view.definition, entity: view.entity },
      async (opened) => {
        const keys = await sampleEntities(opened, { before: moment, count: options.entities });
        if (keys.length === 0) {
          throw new TemperedError('UnusableData', `Source "${source.name}" has no entity to compare.`);
        }
        return measureSkew(
          opened,
          { view, reader },
          keys.map((key) => ({ key, moment })),
        );
      },
    );
    if (skews.length > 0) throw skewError(named, compared, skews);
    return `${named} at ${moment}: ${String(compared)} values are the same online and offline`;
  } finally {
    await reader.close();
  }
}

function skewError(named: string, compared: number, skews: readonly FeatureSkew[]): TemperedError {
  const shown = table(
    ['entity', 'feature', 'offline', 'online'],
    skews
      .slice(0, shownSkews)
      .map(({ entityKey, feature, offline, online }) => [entityKey, feature, offline, online]),
  );
  return new TemperedError(
    'UnusableData',
    `${named}: ${String(skews.length)} of ${String(compared)} values differ between online and offline.\n${shown}\n` +
      'The source was changed behind the watermark, or rows came later than the declared lateness. Materialize again with --from.',
  );
}

function entityCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= mostEntities) return count;
  throw new InvalidArgumentError(`It must be 1 to ${String(mostEntities)}.`);
}
