import type pg from 'pg';
import type { Arm } from '../domain/deployment.js';
import type { FeatureState } from '../domain/onlineFeatures.js';

/** answered; rejected: the caller's fault (4xx); failed: ours (5xx). */
export type PredictionStatus = 'answered' | 'rejected' | 'failed';

/** The entity keys that were given, by column, and the features looked up for them. */
export interface LookedUp {
  keys: Record<string, string | number>;
  features: Record<string, FeatureState>;
}

/** One row of a request; a request that failed as a whole has one row, without inputs, outputs and score. */
export interface Prediction {
  id: string;
  requestId: string;
  model: string;
  /** Null where the request failed before it reached an arm. */
  version: number | null;
  arm: Arm | null;
  epoch: number | null;
  routingKey: string | null;
  eventTime: Date;
  status: PredictionStatus;
  error: string | null;
  /** Feature → value, as the graph saw it (numbers rounded to FP32), so that windows compare with references exactly. */
  inputs: Record<string, unknown> | null;
  outputs: Record<string, unknown> | null;
  /** What of the inputs came from the online store; null where nothing did. */
  lookedUp: LookedUp | null;
  score: number | null;
  latencyMs: number;
  apiKeyId: string;
}

/** Inserts rows in one statement, which commits them all or none. */
export async function insertPredictions(pool: pg.Pool, rows: readonly Prediction[]): Promise<void> {
  await pool.query({ name: 'insert_predictions', text: insertStatement, values: [JSON.stringify(rows)] });
}

const insertStatement = `
  insert into predictions (id, request_id, model, version, arm, epoch, routing_key, event_time, status, error,
    inputs, outputs, looked_up, score, latency_ms, api_key_id)
  select "id", "requestId", "model", "version", "arm", "epoch", "routingKey", "eventTime", "status", "error",
    "inputs", "outputs", "lookedUp", "score", "latencyMs", "apiKeyId"
  from json_to_recordset($1::json) as given ("id" uuid, "requestId" uuid, "model" text, "version" integer, "arm" text,
    "epoch" integer, "routingKey" text, "eventTime" timestamptz, "status" text, "error" text, "inputs" jsonb,
    "outputs" jsonb, "lookedUp" jsonb, "score" double precision, "latencyMs" double precision, "apiKeyId" uuid)`;
