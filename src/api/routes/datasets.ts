import { z } from '@hono/zod-openapi';
import { readFile } from 'node:fs/promises';
import type { ArtifactStore } from '../../artifacts/store.js';
import { dataRequirementsSchema } from '../../domain/dataRequirements.js';
import { TemperedError } from '../../domain/errors.js';
import { parse } from '../../domain/parse.js';
import type { Database } from '../../store/database.js';
import { listDataRequirements } from '../../store/dataRequirements.js';
import { readDatasetVersion } from '../../store/datasets.js';
import { readModel } from '../../store/models.js';
import { resolveSha256Id } from '../../store/sha256Ids.js';
import { datasetAnswerSchema, requirementsAnswerSchema } from '../datasetSchemas.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import type { GatewayApp } from '../gatewayEnv.js';

const tags = ['datasets'];

/** What models were trained on, and what was asked of that data: read-only. */
export function addDatasetRoutes(
  app: GatewayApp,
  { db, artifacts }: { db: Database; artifacts: ArtifactStore },
): void {
  declareRoute(
    app,
    {
      method: 'get',
      path: '/datasets/{id}',
      tags,
      summary: 'The manifest of a dataset version, with statistics and checks',
      request: {
        params: z.object({ id: z.string().describe('its id, or the first eight or more characters') }),
      },
      responses: { 200: json(datasetAnswerSchema), 404: errorJson('no such dataset version') },
    },
    async (c) => {
      const id = c.req.param('id') ?? '';
      return c.json(
        await readDatasetVersion(db, await resolveSha256Id(db, 'dataset_versions', 'dataset version', id)),
      );
    },
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/models/{name}/data-requirements',
      tags,
      summary: "The newest report on a model's data: what is missing, late or out of range",
      description: 'Holds a few of the rows that broke a check.',
      request: { params: z.object({ name: z.string().openapi({ example: 'flight-delay' }) }) },
      responses: { 200: json(requirementsAnswerSchema), 404: errorJson('no such model, or no report yet') },
    },
    async (c) => c.json(await newestRequirements(c.req.param('name') ?? '')),
  );

  async function newestRequirements(model: string): Promise<z.output<typeof requirementsAnswerSchema>> {
    await readModel(db, model);
    const [newest] = await listDataRequirements(db, model, { limit: 1 });
    if (newest === undefined) {
      throw new TemperedError('NotFound', `There is no report on the data of "${model}" yet.`);
    }
    const text = await readFile(await artifacts.fetch(newest.id), 'utf8');
    const report = parse(dataRequirementsSchema, JSON.parse(text), `The stored report ${newest.id}`);
    return { id: newest.id, createdAt: newest.createdAt.toISOString(), report };
  }
}
