import { z } from '@hono/zod-openapi';
import type { TensorSpec } from '../../domain/tensor.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import type { GatewayApp } from '../gatewayEnv.js';
import { type InferenceDependencies, infer } from '../inference.js';
import {
  documentedInferenceRequestSchema,
  inferenceResponseSchema,
  modelMetadataSchema,
  modelReadySchema,
  serverMetadataSchema,
} from '../inferenceSchemas.js';
import { packageVersion } from '../packageVersion.js';
import { readJson } from '../requestBody.js';
import type { FeatureCompletion } from '../serving/featureCompletion.js';

const tags = ['inference'];
const params = z.object({ name: z.string().openapi({ example: 'flight-delay' }) });
const notDeployed = errorJson('no such model is deployed');

/** The Open Inference Protocol (V2), JSON over HTTP. */
export function addInferenceRoutes(
  app: GatewayApp,
  dependencies: InferenceDependencies & { maxBodyBytes: number },
): void {
  const { served, maxBodyBytes } = dependencies;

  declareRoute(
    app,
    {
      method: 'post',
      path: '/v2/models/{name}/infer',
      tags,
      summary: 'Predict',
      description: 'Answers after the prediction is committed, with one prediction id per row.',
      request: { params, body: json(documentedInferenceRequestSchema, 'Open Inference Protocol request') },
      responses: {
        200: json(inferenceResponseSchema),
        400: errorJson('a wrong request; the error names the input'),
        404: notDeployed,
        413: errorJson('the body is too large'),
      },
    },
    async (c) =>
      c.json(
        await infer(dependencies, {
          requestId: c.get('requestId'),
          startedAt: c.get('startedAt'),
          model: c.req.param('name') ?? '',
          apiKeyId: c.get('apiKey').id,
          readBody: () => readJson(c.req, maxBodyBytes),
        }),
      ),
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/v2/models/{name}',
      tags,
      summary: 'What a model takes and answers (its champion)',
      request: { params },
      responses: { 200: json(modelMetadataSchema), 404: notDeployed },
    },
    (c) => {
      const name = c.req.param('name') ?? '';
      const { champion, challenger } = served.route(name);
      const versions = [champion, ...(challenger === null ? [] : [challenger])];
      return c.json({
        name,
        versions: versions.map(({ version }) => String(version)),
        platform: 'onnxruntime_onnx',
        inputs: champion.signature.inputs.map(metadata),
        outputs: champion.signature.outputs.map(metadata),
        ...(champion.completion === null
          ? {}
          : { parameters: { feature_lookups: lookupMetadata(champion.completion) } }),
      } satisfies z.output<typeof modelMetadataSchema>);
    },
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/v2/models/{name}/ready',
      tags,
      summary: 'Whether a model is loaded here',
      request: { params },
      responses: { 200: json(modelReadySchema), 404: notDeployed },
    },
    (c) => {
      const name = c.req.param('name') ?? '';
      served.route(name);
      return c.json({ name, ready: true } satisfies z.output<typeof modelReadySchema>);
    },
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/v2',
      tags,
      summary: 'This server',
      responses: { 200: json(serverMetadataSchema) },
    },
    (c) =>
      c.json({ name: 'tempered', version: packageVersion, extensions: [] } satisfies z.output<
        typeof serverMetadataSchema
      >),
  );
}

function lookupMetadata({ lookups, keys: specs }: FeatureCompletion) {
  return lookups.map(({ view, keys, features }) => ({
    view: `${view.definition.name}@${String(view.version)}`,
    keys: specs.filter(({ name }) => Object.values(keys).includes(name)).map(metadata),
    inputs: Object.keys(features),
  }));
}

function metadata({ name, datatype, shape }: TensorSpec): Pick<TensorSpec, 'name' | 'datatype' | 'shape'> {
  return { name, datatype, shape };
}
