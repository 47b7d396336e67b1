import { isCancellation, uuid4, workflowInfo } from '@temporalio/workflow';
import type { TrialRequest } from '../activities/trials.js';
import { TemperedError } from '../domain/errors.js';
import type { TrialParams, Tuning } from '../domain/tuning.js';
import { tuneModelInputSchema, type TuneModelInput } from '../domain/workflowInput.js';
import { control, gpu } from './activities.js';
import { drawTrials } from './decisions/drawTrials.js';
import { planRungs, type Rung } from './decisions/planRungs.js';
import { tuningWindows } from './decisions/planWindows.js';
import { rankTrials, type TrialScore } from './decisions/rankTrials.js';
import { evenIfCancelled, rootMessage, runWorkflow } from './entry.js';
import type { StatusReporter } from './status.js';

export interface TunedTrial extends TrialScore {
  runId: string;
  /** What it was trained with in place of the parameters of the definition's trainer. */
  params: TrialParams;
}

export interface TuneModelResult {
  model: string;
  /** The definition whose trainer was searched for. */
  definitionDigest: string;
  /** Value of the tag `search` of every run that was made for it. */
  searchId: string;
  method: Tuning['method'];
  metric: Tuning['metric'];
  /** Trials that were drawn, and the runs made of them. */
  trials: number;
  runs: number;
  failedRuns: number;
  best: TunedTrial;
  trainingDatasetId: string;
  heldOutDatasetId: string;
}

interface Search {
  searchId: string;
  tuning: Tuning;
  /** What all its trials have in common. */
  common: Omit<TrialRequest, 'runId' | 'params' | 'tags'>;
}

interface Outcome extends TunedTrial {
  /** Null for a trial that came to a number. */
  error: string | null;
}

/**
 * Searches for the parameters of a model's trainer. Every trial is a run that stays in the registry; none becomes a
 * version. Trials of a rung are all asked for at once: they run in parallel on as many GPU slots as there are.
 */
export async function tuneModel(input: TuneModelInput): Promise<TuneModelResult> {
  return runWorkflow(
    'tuneModel',
    tuneModelInputSchema,
    input,
    async ({ model, asOf, search: given }, status) => {
      const facts = await control.readTrainingFacts({ model, asOf: asOf ?? null });
      const { definitionDigest } = facts;
      const tuning = await control.readTuning({ definitionDigest, search: given ?? null });
      const windows = tuningWindows({ ...facts, holdOutDays: tuning.holdOutDays });
      status.enter(
        'snapshot',
        `trained on ${windows.training.from} to ${windows.training.to}, compared after that`,
      );
      const training = await control.snapshotDataset({
        definitionDigest,
        window: windows.training,
        maxRows: facts.training.maxRows,
      });
      const heldOut = await control.snapshotDataset({
        definitionDigest,
        window: windows.heldOut,
        maxRows: facts.validation.maxRows,
      });

      const common = {
        model,
        definitionDigest,
        datasetVersionId: training.datasetVersionId,
        heldOutDatasetId: heldOut.datasetVersionId,
        workflowId: workflowInfo().workflowId,
      };
      const search: Search = { searchId: uuid4(), tuning, common };
      const trials = drawTrials(tuning.space, tuning);
      const { outcomes, best } = await climb(search, trials, status);
      const { trial, runId, params, logLoss, auc } = best;
      status.enter('done', `best of ${String(trials.length)} trials: ${describe(best, tuning)}`);
      return {
        model,
        definitionDigest,
        searchId: search.searchId,
        method: tuning.method,
        metric: tuning.metric,
        trials: trials.length,
        runs: outcomes.length,
        failedRuns: outcomes.filter(({ error }) => error !== null).length,
        best: { trial, runId, params, logLoss, auc },
        trainingDatasetId: common.datasetVersionId,
        heldOutDatasetId: common.heldOutDatasetId,
      };
    },
  );
}

/** Rung after rung, until the last; a rung in which every trial fails leaves the best of the one before. */
async function climb(
  search: Search,
  drawn: readonly TrialParams[],
  status: StatusReporter,
): Promise<{ outcomes: Outcome[]; best: Outcome }> {
  const rungs = planRungs(search.tuning, drawn.length);
  let survivors = drawn.map((params, i) => ({ trial: i + 1, params }));
  const outcomes: Outcome[] = [];
  let best: Outcome | null = null;
  for (const [i, rung] of rungs.entries()) {
    status.enter(
      `rung ${String(i + 1)} of ${String(rungs.length)}`,
      `${String(Math.min(rung.trials, survivors.length))} trials`,
    );
    const done = await runRung(search, { ...rung, number: i + 1 }, survivors.slice(0, rung.trials), status);
    outcomes.push(...done);
    const ranked = rankTrials(done, search.tuning.metric);
    if (ranked[0] === undefined) break;
    best = ranked[0];
    survivors = ranked.map(({ trial }) => ({ trial, params: drawn[trial - 1] ?? {} }));
  }
  if (best !== null) return { outcomes, best };
  throw new TemperedError(
    'UnusableModel',
    `All ${String(outcomes.length)} trials failed; the first: ${outcomes[0]?.error ?? 'there was none'}`,
  );
}

/** Every trial of a rung, also where some of them fail. A cancelled search waits until each has tidied up. */
async function runRung(
  search: Search,
  rung: Rung & { number: number },
  trials: readonly { trial: number; params: TrialParams }[],
  status: StatusReporter,
): Promise<Outcome[]> {
  const done: Outcome[] = [];
  const all = trials.map(async ({ trial, params }) => {
    done.push(await runTrial(search, rung, { trial, params: { ...params, ...rung.params } }));
    const [best] = rankTrials(done, search.tuning.metric);
    const soFar = best === undefined ? '' : `; best: ${describe(best, search.tuning)}`;
    status.describe(`${String(done.length)} of ${String(trials.length)} trials done${soFar}`);
  });
  await Promise.allSettled(all);
  // Throws where the search was cancelled; a trial that failed is an outcome.
  await Promise.all(all);
  return done;
}

async function runTrial(
  { searchId, common }: Search,
  rung: { number: number },
  { trial, params }: { trial: number; params: TrialParams },
): Promise<Outcome> {
  const runId = uuid4();
  const tags = { search: searchId, trial: String(trial), rung: String(rung.number) };
  try {
    const quality = await gpu.runTrial({ ...common, runId, params, tags });
    return { trial, runId, params, ...quality, error: null };
  } catch (error) {
    const status = isCancellation(error) ? 'cancelled' : 'failed';
    const message = rootMessage(error);
    await evenIfCancelled(() => control.abandonRun({ runId, status, error: message }));
    if (status === 'cancelled') throw error;
    return { trial, runId, params, logLoss: null, auc: null, error: message };
  }
}

function describe({ trial, ...score }: TrialScore, { metric }: Tuning): string {
  return `trial ${String(trial)}, ${metric} ${score[metric]?.toFixed(4) ?? 'unknown'}`;
}
