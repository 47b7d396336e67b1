import { z } from '@hono/zod-openapi';
import type { Database } from '../../store/database.js';
import { listDeployments, readDeployment } from '../../store/deployments.js';
import { listAnnouncements } from '../../store/featureAnnouncements.js';
import { readAcknowledgement } from '../../store/gateways.js';
import { listModels, readModel } from '../../store/models.js';
import { listWindows } from '../../store/monitoring.js';
import { readLatestRollout } from '../../store/rollouts.js';
import { listValidations } from '../../store/validations.js';
import { listModelVersions } from '../../store/versions.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import type { GatewayApp } from '../gatewayEnv.js';
import { modelListSchema, modelStatusSchema, rolloutStatusSchema } from '../modelSchemas.js';

const tags = ['models'];
const params = z.object({ name: z.string().openapi({ example: 'flight-delay' }) });
const notFound = errorJson('no such model');
const listLimit = { limit: 20 };

/** What is true of the models: read-only. */
export function addModelRoutes(app: GatewayApp, { db }: { db: Database }): void {
  declareRoute(
    app,
    {
      method: 'get',
      path: '/models',
      tags,
      summary: 'All models',
      responses: { 200: json(modelListSchema) },
    },
    async (c) => c.json(await modelList(db)),
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/models/{name}',
      tags,
      summary: 'Versions, deployment, validations and monitoring of a model',
      request: { params },
      responses: { 200: json(modelStatusSchema), 404: notFound },
    },
    async (c) => c.json(await modelStatus(db, c.req.param('name') ?? '')),
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/models/{name}/rollout',
      tags,
      summary: 'The newest rollout of a model, with its decisions',
      request: { params },
      responses: { 200: json(rolloutStatusSchema), 404: notFound },
    },
    async (c) => c.json(await rolloutStatus(db, c.req.param('name') ?? '')),
  );
}

async function modelList(db: Database): Promise<z.output<typeof modelListSchema>> {
  const [models, deployments] = await Promise.all([listModels(db), listDeployments(db)]);
  const byModel = new Map(deployments.map((deployment) => [deployment.model, deployment]));
  return {
    models: models.map(({ name, definition: { description, owner } }) => ({
      name,
      description,
      owner,
      deployment: byModel.get(name) ?? null,
    })),
  };
}

async function modelStatus(db: Database, name: string): Promise<z.output<typeof modelStatusSchema>> {
  const { definition } = await readModel(db, name);
  const [deployment, versions, validations, windows, announcements] = await Promise.all([
    readDeployment(db, name),
    listModelVersions(db, name, listLimit),
    listValidations(db, name, listLimit),
    listWindows(db, name, listLimit),
    listAnnouncements(db, { model: name }, listLimit),
  ]);
  return {
    name,
    description: definition.description,
    owner: definition.owner,
    deployment,
    acknowledgement: deployment === null ? null : await readAcknowledgement(db, name, deployment.epoch),
    versions: versions.map(({ version, kind, runId, artifactSha256, createdAt }) => ({
      version,
      kind,
      runId,
      artifactSha256,
      createdAt: createdAt.toISOString(),
    })),
    validations: validations.map(({ id, version, championVersion, verdict, report, createdAt }) => ({
      id,
      version,
      championVersion,
      verdict,
      report,
      createdAt: createdAt.toISOString(),
    })),
    newFeatures: announcements.map(({ view, version, keys, announcedAt }) => ({
      view,
      version,
      keys,
      announcedAt: announcedAt.toISOString(),
    })),
    windows: windows.map(({ version, status, report, createdAt }) => ({
      version,
      status,
      report,
      createdAt: createdAt.toISOString(),
    })),
  };
}

async function rolloutStatus(db: Database, name: string): Promise<z.output<typeof rolloutStatusSchema>> {
  await readModel(db, name);
  const rollout = await readLatestRollout(db, name);
  if (rollout === null) return { rollout: null };
  return {
    rollout: {
      id: rollout.id,
      version: rollout.version,
      championVersion: rollout.championVersion,
      validationId: rollout.validationId,
      status: rollout.status,
      reason: rollout.reason,
      startedAt: rollout.startedAt.toISOString(),
      endedAt: rollout.endedAt?.toISOString() ?? null,
      decisions: rollout.decisions.map((decision) => ({
        ...decision,
        decidedAt: decision.decidedAt.toISOString(),
      })),
    },
  };
}
