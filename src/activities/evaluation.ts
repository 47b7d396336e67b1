import { TemperedError } from '../domain/errors.js';
import type { Evaluation, VersionEvaluation } from '../domain/validation.js';
import { measureLatency } from '../inference/score.js';
import { pairedBootstrap } from '../statistics/bootstrap.js';
import { readDatasetVersion } from '../store/datasets.js';
import { readDefinition } from '../store/models.js';
import { requireModelVersion } from '../store/versions.js';
import type { GpuDependencies } from './dependencies.js';
import { heartbeating } from './heartbeat.js';
import { qualityOf, scoreHeldOut } from './heldOut.js';
import { keepArtifact } from './keepArtifact.js';
import { ReferenceProfileBuilder } from './referenceProfile.js';

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
    await keepArtifact({ db, artifacts }, { ...reference, kind: 'reference-profile' });
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
    const definition = await readDefinition(db, definitionDigest);
    const { parquetSha256 } = await readDatasetVersion(db, datasetVersionId);
    const key = `evaluation/${artifactSha256}`;
    await inference.load(key, await artifacts.fetch(artifactSha256));
    try {
      const { firstBatch, ...scored } = await scoreHeldOut(
        inference,
        key,
        await artifacts.fetch(parquetSha256),
        definition,
        (batch) => profile?.add(batch, definition.features),
      );
      const latency = await measureLatency(inference, key, signature, firstBatch, latencyRequests);
      return {
        ...scored,
        evaluation: {
          version,
          datasetVersionId,
          ...qualityOf(scored),
          latencyP50Ms: latency.p50Ms,
          latencyP99Ms: latency.p99Ms,
        },
      };
    } finally {
      await inference.unload(key);
    }
  }
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
