import { z } from '@hono/zod-openapi';
import { entityKeyText } from '../../domain/entityKey.js';
import { featureNames } from '../../domain/onlineFeatures.js';
import { parse } from '../../domain/parse.js';
import type { Database } from '../../store/database.js';
import { listEntities } from '../../store/entities.js';
import {
  describeFeatureView,
  describeFeatureViews,
  type FeatureViewDescription,
  type FeatureViewUser,
} from '../../store/featureCatalogue.js';
import { requireOnlineView, type OnlineFeatureReader, type OnlineView } from '../../store/onlineFeatures.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import {
  featureListSchema,
  featureReadRequestSchema,
  featureReadResponseSchema,
  featureViewSchema,
} from '../featureSchemas.js';
import type { GatewayApp } from '../gatewayEnv.js';
import { readJson } from '../requestBody.js';

const tags = ['features'];
const versionSchema = z.coerce.number().int().positive().optional();

/** Online features, and what is known of the views they come from. */
export function addFeatureRoutes(
  app: GatewayApp,
  { db, features, maxBodyBytes }: { db: Database; features: OnlineFeatureReader; maxBodyBytes: number },
): void {
  declareRoute(
    app,
    {
      method: 'post',
      path: '/features/read',
      tags,
      summary: 'Read online features',
      description: 'Any number of entities and views at once, each feature with its state.',
      request: { body: json(featureReadRequestSchema, 'entities, each of one view') },
      responses: {
        200: json(featureReadResponseSchema),
        400: errorJson('a wrong request; the error names the field'),
        404: errorJson('no such view'),
        413: errorJson('the body is too large'),
      },
    },
    async (c) => {
      const request = parse(featureReadRequestSchema, await readJson(c.req, maxBodyBytes), 'The request');
      return c.json(await readFeatures(db, features, request));
    },
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/features',
      tags,
      summary: 'All entities, and all feature views in their newest versions',
      responses: { 200: json(featureListSchema) },
    },
    async (c) => c.json(await featureList(db)),
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/features/{view}',
      tags,
      summary: 'A feature view: its definition, freshness, statistics, and the models that use it',
      request: {
        params: z.object({ view: z.string().openapi({ example: 'airport-delays' }) }),
        query: z.object({ version: versionSchema.describe('by default the newest') }),
      },
      responses: { 200: json(featureViewSchema), 404: errorJson('no such view') },
    },
    async (c) => {
      const version = parse(versionSchema, c.req.query('version'), 'The version');
      return c.json(viewDetails(await describeFeatureView(db, c.req.param('view') ?? '', version)));
    },
  );
}

async function readFeatures(
  db: Database,
  reader: OnlineFeatureReader,
  request: z.output<typeof featureReadRequestSchema>,
): Promise<z.output<typeof featureReadResponseSchema>> {
  const moment = request.event_time ?? new Date();
  const views = new Map<string, Promise<OnlineView>>();
  const viewOf = (name: string, version: number | undefined): Promise<OnlineView> => {
    const key = `${name}@${String(version)}`;
    const found = views.get(key) ?? requireOnlineView(db, name, version);
    views.set(key, found);
    return found;
  };
  const asked = await Promise.all(
    request.entities.map(async ({ view: name, version, key }) => {
      const view = await viewOf(name, version);
      return { view, entityKey: entityKeyText(view.entity, key), moment };
    }),
  );
  const answers = await reader.read(asked);
  return {
    entities: asked.map(({ view: { definition, version } }, i) => ({
      view: definition.name,
      version,
      event_time: answers[i]?.eventTime?.toISOString() ?? null,
      features: answers[i]?.features ?? {},
    })),
  };
}

async function featureList(db: Database): Promise<z.output<typeof featureListSchema>> {
  const [entities, views] = await Promise.all([listEntities(db), describeFeatureViews(db)]);
  return {
    entities: entities.map(({ version, definition: { name, description, keys } }) => ({
      name,
      version,
      description,
      keys,
    })),
    views: views.map((view) => ({
      name: view.definition.name,
      version: view.version,
      description: view.definition.description,
      owner: view.definition.owner,
      entity: view.definition.entity,
      features: featureNames(view.definition),
      models: [...new Set(view.users.map(({ model }) => model))],
      ...freshnessOf(view),
    })),
  };
}

function viewDetails(view: FeatureViewDescription): z.output<typeof featureViewSchema> {
  const { definition, entity, users, materializations } = view;
  const newest = materializations[0];
  return {
    name: definition.name,
    version: view.version,
    newestVersion: view.newestVersion,
    description: definition.description,
    owner: definition.owner,
    entity,
    source: definition.source,
    columns: definition.columns,
    eventTime: definition.eventTime,
    ingestionTime: definition.ingestionTime,
    aggregation:
      definition.aggregation === undefined
        ? null
        : {
            everyMinutes: definition.aggregation.everyMinutes,
            windowMinutes: definition.aggregation.windowMinutes,
          },
    ttlHours: definition.ttlHours,
    createdAt: view.createdAt.toISOString(),
    ...freshnessOf(view),
    statistics:
      newest === undefined
        ? null
        : { rows: newest.statistics.rows, entities: newest.statistics.entities, ...newest.known },
    features: Object.entries(definition.features).map(([name, feature]) => ({
      name,
      type: feature.type,
      default: feature.default,
      description: feature.description ?? null,
      computedBy: definition.aggregation?.features[name] ?? definition.columns[name] ?? '',
      statistics: newest?.statistics.features[name] ?? null,
      models: users.filter(({ features }) => features.includes(name)).map(userText),
    })),
    models: users,
    announcedTo: view.announcedTo,
    materializations: materializations.map(({ kind, known, rowCount, completedAt }) => ({
      kind,
      ...known,
      rows: rowCount,
      completedAt: completedAt.toISOString(),
    })),
  };
}

function freshnessOf({ watermark, materializations: [newest] }: FeatureViewDescription) {
  return {
    watermark: watermark?.toISOString() ?? null,
    newestEventTime: newest?.statistics.newestEventTime ?? null,
    materializedAt: newest?.completedAt.toISOString() ?? null,
  };
}

/** "flight-delay 3, 4" */
function userText({ model, versions }: FeatureViewUser): string {
  return versions.length === 0 ? model : `${model} ${versions.join(', ')}`;
}
