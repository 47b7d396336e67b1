import { z } from 'zod';
import type { Interval } from '../statistics/interval.js';

/** How one version did on the held-out window. */
export interface VersionEvaluation {
  version: number;
  datasetVersionId: string;
  auc: number;
  logLoss: number;
  calibrationError: number;
  latencyP50Ms: number;
  latencyP99Ms: number;
}

/** Every number a verdict rests on. */
export interface Evaluation {
  rows: number;
  positives: number;
  candidate: VersionEvaluation;
  champion: VersionEvaluation;
  /** Paired bootstrap over the same rows: candidate − champion. */
  aucDifference: Interval;
  logLossDifference: Interval;
  bootstrapResamples: number;
  /** Distribution of features, score and loss on the held-out window, for monitoring; in the artifact store. */
  referenceProfileSha256: string;
}

export const verdictSchema = z.enum(['passed', 'failed', 'inconclusive']);
export type Verdict = z.output<typeof verdictSchema>;

/** One acceptance criterion, held against its number. */
export interface CriterionCheck {
  criterion: string;
  /** The bound, in words a report can print: "≥ 0.58". */
  bound: string;
  value: number;
  passed: boolean;
}

export interface ValidationReport {
  verdict: Verdict;
  checks: CriterionCheck[];
  evaluation: Evaluation;
}
