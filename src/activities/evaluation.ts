import { Context } from '@temporalio/activity';
import { readColumns } from '../artifacts/columns.js';
import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import type { Evaluation, VersionEvaluation } from '../domain/validation.js';
import { measureLatency, scoreColumns } from '../inference/score.js';
import { expectedCalibrationError, meanLogLoss, rocAuc } from '../statistics/classification.js';
import { pairedBootstrap } from '../statistics/bootstrap.js';
import { recordArtifact } from '../store/artifacts.js';
import { readDatasetVersion } from '../store/datasets.js';
import { readDefinition } from '../store/models.js';
import { requireModelVersion } from '../store/versions.js';
import type { GpuDependencies } from './dependencies.js';
import { heartbeating } from './heartbeat.js';
import { ReferenceProfileBuilder } from './referenceProfile.js';

const batchRows = 4096;
const bootstrapResamples = 200;
const latencyRequests = 300;

export interface EvaluationRequest {
  model: string;
  candidate: { version: number; datasetVersionId: string };
  champion: { version: number; datasetVersionId: string };
}

interface ScoredVersion {
  scores: Float32Array;
  labels: Float32Array;
  evaluation: VersionEvaluation;
}

export function evaluationActivities({ db, artifacts, inference }: GpuDependencies) {
  return {
    /** Scores candidate and champion on the same held-out rows, each through the ONNX graph that would serve. */
    evaluateVersion: (input: EvaluationRequest): Promise<Evaluation> => heartbeating(() => evaluate(input)),
  };

  async function evaluate(input: EvaluationRequest): Promise<Evaluation> {
    const profile = new ReferenceProfileBuilder();
    const candidate = await scoreVersion(input.model, input.candidate, profile);
    const champion = await scoreVersion(input.model, input.champion);
    assertSameRows(candidate, champion);
    const { labels } = candidate;
    const differences = await pairedBootstrap({
      labels,
      candidateScores: candidate.scores,
      championScores: champion.scores,
      resamples: bootstrapResamples,
      seed: 1,
    });
    const reference = await artifacts.putBytes(
      new TextEncoder().encode(JSON.stringify(profile.finish(candidate.scores, labels))),
    );
    await recordArtifact(db, { ...reference, kind: 'reference-profile' });
    return {
      rows: labels.length,
      positives: labels.reduce((sum, label) => sum + label, 0),
      candidate: candidate.evaluation,
      champion: champion.evaluation,
      ...differences,
      bootstrapResamples,
      referenceProfileSha256: reference.sha256,
    };
  }

  async function scoreVersion(
    model: string,
    { version, datasetVersionId }: EvaluationRequest['candidate'],
    profile?: ReferenceProfileBuilder,
  ): Promise<ScoredVersion> {
    const { signature, artifactSha256, definitionDigest } = await requireModelVersion(db, model, version);
    const { features, dataset } = await readDefinition(db, definitionDigest);
    const { parquetSha256 } = await readDatasetVersion(db, datasetVersionId);
    const key = `evaluation/${artifactSha256}`;
    await inference.load(key, await artifacts.fetch(artifactSha256));
    try {
      const scores: Float32Array[] = [];
      const labels: Float32Array[] = [];
      let firstBatch: ColumnBatch | undefined;
      for await (const batch of readHeldOut(await artifacts.fetch(parquetSha256), features, dataset.target)) {
        scores.push(await scoreColumns(inference, key, signature, batch));
        labels.push(labelsOf(batch, dataset.target));
        profile?.add(batch, features);
        firstBatch ??= batch;
        Context.current().cancellationSignal.throwIfAborted();
      }
      if (firstBatch === undefined) {
        throw new TemperedError(
          'UnusableData',
          'The held-out window has no rows; choose a window that the source covers.',
        );
      }
      const latency = await measureLatency(inference, key, signature, firstBatch, latencyRequests);
      const merged = { scores: concatenate(scores), labels: concatenate(labels) };
      return {
        ...merged,
        evaluation: {
          version,
          datasetVersionId,
          ...quality(merged),
          latencyP50Ms: latency.p50Ms,
          latencyP99Ms: latency.p99Ms,
        },
      };
    } finally {
      await inference.unload(key);
    }
  }

  function readHeldOut(path: string, features: ModelDefinition['features'], target: string) {
    return readColumns(path, { features, target, batchRows });
  }
}

function quality({ scores, labels }: { scores: Float32Array; labels: Float32Array }) {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) {
    throw new TemperedError(
      'UnusableData',
      `All ${String(labels.length)} held-out rows have the same target, so nothing can be compared on them. ` +
        'Widen validation.days or mend the target column.',
    );
  }
  return {
    auc: rocAuc(labels, scores),
    logLoss: meanLogLoss(labels, scores),
    calibrationError: expectedCalibrationError(labels, scores),
  };
}

/** The two versions may see other columns (their definitions differ), but must be judged on the same rows. */
function assertSameRows(candidate: ScoredVersion, champion: ScoredVersion): void {
  const same =
    candidate.labels.length === champion.labels.length &&
    candidate.labels.every((label, i) => label === champion.labels[i]);
  if (same) return;
  throw new TemperedError(
    'UnusableData',
    'Candidate and champion were given different held-out rows or targets, so they cannot be compared. ' +
      'Let both definitions name the same source, event time and target.',
  );
}

function labelsOf(batch: ColumnBatch, target: string): Float32Array {
  const labels = batch[target];
  if (labels instanceof Float32Array) return labels;
  throw new TemperedError('UnusableData', `The target "${target}" is not a 0/1 column of the snapshot.`);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
