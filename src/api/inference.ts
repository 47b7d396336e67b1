import { randomUUID } from 'node:crypto';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';
import { assignArm } from '../domain/routing.js';
import { toStorable } from '../domain/storableText.js';
import type { ModelSignature } from '../domain/tensor.js';
import type { InferencePool } from '../inference/pool.js';
import { scoreOf } from '../inference/score.js';
import { decodeInputs, encodeOutputs, tensorRows } from '../inference/tensorCodec.js';
import type { OnlineFeatureReader } from '../store/onlineFeatures.js';
import type { PredictionRecorder } from '../store/predictionRecorder.js';
import type { Prediction } from '../store/predictions.js';
import { defaultedFeatures } from './defaultedFeatures.js';
import { publicMessage, statusOf } from './errorResponse.js';
import { type InferenceResponse, inferenceRequestSchema } from './inferenceSchemas.js';
import { completeInputs, type CompletedInputs } from './serving/featureCompletion.js';
import type { ReplicaLease } from './serving/replicaLease.js';
import type { Route, ServedVersion } from './serving/servedModel.js';
import type { ServedModels } from './serving/servedModels.js';

export interface InferenceDependencies {
  served: ServedModels;
  pool: InferencePool;
  recorder: PredictionRecorder;
  features: OnlineFeatureReader;
  lease: ReplicaLease;
}

/** One request of an authenticated caller. */
export interface InferenceCall {
  requestId: string;
  /** `performance.now()` when it came in. */
  startedAt: number;
  model: string;
  apiKeyId: string;
  readBody: () => Promise<unknown>;
}

/** What all rows of a request have in common, as far as it is known yet. */
type Attempt = Pick<
  Prediction,
  'requestId' | 'model' | 'version' | 'arm' | 'epoch' | 'routingKey' | 'eventTime' | 'apiKeyId'
>;

/**
 * Answers an Open Inference Protocol request.
 *
 * Invariant 1, no answer without its record: this returns, or throws what was wrong with the request, only after the
 * rows that say so are committed; where they cannot be, it throws `Unavailable`.
 *
 * @throws TemperedError or HTTPException
 */
export async function infer(
  dependencies: InferenceDependencies,
  call: InferenceCall,
): Promise<InferenceResponse> {
  const attempt: Attempt = {
    requestId: call.requestId,
    model: toStorable(call.model, 100),
    version: null,
    arm: null,
    epoch: null,
    routingKey: null,
    eventTime: new Date(),
    apiKeyId: call.apiKeyId,
  };
  let answer: { rows: Prediction[]; response: InferenceResponse };
  try {
    answer = await predict(dependencies, call, attempt);
  } catch (error) {
    await dependencies.recorder.record([refusedRow(call, attempt, error)]);
    throw error;
  }
  await dependencies.recorder.record(answer.rows);
  return answer.response;
}

/** Writes into `attempt` what becomes known on the way, so that a failure is recorded with it. */
async function predict(
  dependencies: InferenceDependencies,
  call: InferenceCall,
  attempt: Attempt,
): Promise<{ rows: Prediction[]; response: InferenceResponse }> {
  const { served, pool, features, lease } = dependencies;
  lease.assertHeld();
  served.assertDeployed(call.model);
  const request = parse(inferenceRequestSchema, await call.readBody(), 'The request');
  attempt.eventTime = request.parameters?.event_time ?? attempt.eventTime;
  attempt.routingKey = request.parameters?.routing_key ?? null;

  const firstId = randomUUID();
  const choose = () => chooseVersion(served.route(call.model), attempt.routingKey ?? firstId, attempt);
  let { arm, epoch, version } = choose();
  let completed = decodeWhole(version, request.inputs);
  while (completed === null) {
    const asked = version;
    const found = await lookUpInputs(asked, features, request.inputs, attempt.eventTime);
    // Meanwhile another version may have come to serve, and this one be gone from the pool.
    ({ arm, epoch, version } = choose());
    completed = version.version === asked.version ? found : decodeWhole(version, request.inputs);
  }
  const { inputs, lookedUp } = completed;
  const wanted = wantedOutputs(version.signature, request.outputs);
  const outputs = await pool.run(version.key, inputs);
  // The lease may have run out while the model ran: then the world did not wait for this answer.
  lease.assertHeld();

  const inputRows = tensorRows(inputs);
  const scores = scoreOf(outputs, inputRows.length, `${call.model} version ${version.version}`);
  const outputRows = tensorRows(outputs);
  const ids = inputRows.map((_, i) => (i === 0 ? firstId : randomUUID()));
  const latencyMs = performance.now() - call.startedAt;
  const rows = ids.map((id, i) => ({
    ...attempt,
    id,
    status: 'answered' as const,
    error: null,
    inputs: inputRows[i] ?? null,
    outputs: outputRows[i] ?? null,
    lookedUp: lookedUp?.[i] ?? null,
    score: scores[i] ?? null,
    latencyMs,
  }));
  const response = {
    model_name: call.model,
    model_version: String(version.version),
    id: request.id ?? call.requestId,
    outputs: encodeOutputs(outputs.filter(({ name }) => wanted.has(name))),
    parameters: {
      arm,
      epoch,
      prediction_ids: ids,
      ...(lookedUp === null ? {} : { defaulted_features: defaultedFeatures(lookedUp) }),
    },
  };
  return { rows, response };
}

/** Who answers a request that comes now; also written into `attempt`. */
function chooseVersion(route: Route, routingKey: string, attempt: Attempt) {
  const arm = assignArm(route.deployment, routingKey);
  const version = route[arm];
  if (version === null) throw new Error(`epoch ${route.deployment.epoch} has no ${arm}`);
  const { epoch } = route.deployment;
  Object.assign(attempt, { arm, epoch, version: version.version });
  return { arm, epoch, version };
}

/** The inputs as they were sent; null where some may be looked up. */
function decodeWhole({ signature, completion }: ServedVersion, inputs: unknown): CompletedInputs | null {
  return completion === null ? { inputs: decodeInputs(signature, inputs), lookedUp: null } : null;
}

function lookUpInputs(
  { signature, completion }: ServedVersion,
  features: OnlineFeatureReader,
  inputs: unknown,
  moment: Date,
): Promise<CompletedInputs> {
  if (completion === null) throw new Error('there is nothing to look up');
  return completeInputs({ signature, completion }, features, inputs, moment);
}

/** @throws TemperedError `InvalidInput` for an output the model does not have */
function wantedOutputs(signature: ModelSignature, asked: { name: string }[] | undefined): Set<string> {
  const names = new Set(signature.outputs.map(({ name }) => name));
  const unknown = asked?.find(({ name }) => !names.has(name));
  if (unknown !== undefined) {
    throw new TemperedError(
      'InvalidInput',
      `unknown output ${JSON.stringify(unknown.name.slice(0, 80))}; the model answers: ${[...names].join(', ')}`,
    );
  }
  return asked === undefined ? names : new Set(asked.map(({ name }) => name));
}

function refusedRow(call: InferenceCall, attempt: Attempt, error: unknown): Prediction {
  return {
    ...attempt,
    id: randomUUID(),
    status: statusOf(error) < 500 ? 'rejected' : 'failed',
    error: toStorable(publicMessage(error), 1000),
    inputs: null,
    outputs: null,
    lookedUp: null,
    score: null,
    latencyMs: performance.now() - call.startedAt,
  };
}
