import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  controlTaskQueue,
  lifecycleWorkflowId,
  registerDefinition,
  registerEntity,
  registerFeatureView,
  rollbackWorkflowId,
  type Database,
  type ModelDefinitionInput,
  type ModelLifecycleInput,
} from 'tempered';
import {
  materializeFeatures,
  modelLifecycle,
  rollbackModel,
  type ModelLifecycleResult,
} from 'tempered/workflows';
import { definition, definitionWithUnitBug } from './definition.js';
import { entities, featureViews } from './features.js';
import { followLifecycle } from './followLifecycle.js';
import type { Journal, JournalEntry, StepReport } from './journal.js';
import { beginStep, type Step } from './progress.js';
import type { Replay } from './replayProcess.js';
import { reportBackend, reportBaseline, reportLifecycle, reportRetraining } from './reports.js';

const model = definition.name;
/** The replay begins here; what lies before is history. */
export const firstDay = '2001-02-05T00:00:00.000Z';

/**
 * When the features became known that the replay asks for: from a day before it to well after the life's end, six weeks
 * on. A replay that came so far would be answered from the views' defaults, visibly.
 */
const replayed = { from: '2001-02-04T00:00:00.000Z', to: '2001-05-01T00:00:00.000Z' };

export interface Life {
  client: Client;
  db: Database;
  journal: Journal;
  replay: Replay;
}

/** Takes the flight-delay model through its life. Steps that an earlier start finished are skipped. */
export async function live(life: Life): Promise<void> {
  await step(life, 'Features into the online store', (shown) => materialize(life, shown));
  await step(life, 'First version against the baseline', async (shown, entry) => {
    const result = await runLifecycle(life, shown, entry, definition, {
      model,
      asOf: firstDay,
      reason: 'the first version',
    });
    expectOutcome(result, 'promoted');
    return [reportBackend(result), reportBaseline(result), ...reportLifecycle('First version', result)];
  });
  await step(life, 'Negative control: shuffled labels', async (shown, entry) => {
    const input = { model, asOf: firstDay, permuteLabels: true, reason: 'negative control: shuffled labels' };
    const result = await runLifecycle(life, shown, entry, definition, input);
    expectOutcome(result, 'rejected');
    return reportLifecycle('Shuffled labels', result);
  });
  await step(life, 'Drift starts a retraining', async (shown, entry) => {
    const runId = entry.runId ?? (await awaitRetraining(life, shown));
    await life.journal.write(shown.title, { runId });
    const result = await followLifecycle(life.client, model, runId, (text) => shown.update(text));
    expectOutcome(result, 'promoted');
    return [reportRetraining(result), ...reportLifecycle('Retrained version', result)];
  });
  await step(life, 'A feature bug that only the A/B can see', async (shown, entry) => {
    const input = { model, reason: 'distances in thousands of miles' };
    const result = await runLifecycle(life, shown, entry, definitionWithUnitBug, input);
    expectOutcome(result, 'rolled-back');
    await registerDefinition(life.db, definition);
    return reportLifecycle('Feature bug', result);
  });
  await step(life, 'An operator rolls back', async () => [await rollBack(life)]);
}

/** Registers the feature views, and brings what was known during the replay into the online store. */
async function materialize({ client, db }: Life, shown: Step): Promise<StepReport[]> {
  for (const entity of entities) await registerEntity(db, entity);
  const reports: StepReport[] = [];
  for (const view of featureViews) {
    await registerFeatureView(db, view);
    shown.update(view.name);
    const startedAt = Date.now();
    const { rows } = await client.workflow.execute(materializeFeatures, {
      workflowId: `materializeFeatures/${view.name}/replay`,
      taskQueue: controlTaskQueue,
      args: [{ view: view.name, ...replayed }],
      staticSummary: `Materialize ${view.name} for the replay`,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    reports.push({
      step: 'Feature view',
      version: '',
      result: `${view.name}: ${rows.toLocaleString('en')} feature rows of ${view.entity}s in the online store`,
      took: `${((Date.now() - startedAt) / 1000).toFixed(1)} s`,
    });
  }
  return reports;
}

type TitledStep = Step & { title: string };

async function step(
  { journal }: Life,
  title: string,
  run: (shown: TitledStep, entry: JournalEntry) => Promise<StepReport[]>,
): Promise<void> {
  const entry = journal.read(title);
  if (entry.reports !== undefined) return;
  const shown = beginStep(title);
  try {
    const reports = await run({ ...shown, title }, entry);
    await journal.write(title, { ...journal.read(title), reports });
    shown.succeed(reports.at(-1)?.result ?? 'done');
  } catch (error) {
    const reason = rootMessage(error);
    shown.fail(reason);
    throw new Error(`The step "${title}" failed: ${reason}`, { cause: error });
  }
}

/** Starts a lifecycle, or finds the one that an earlier start of this step began. */
async function runLifecycle(
  { client, db, journal }: Life,
  shown: TitledStep,
  entry: JournalEntry,
  applied: ModelDefinitionInput,
  input: ModelLifecycleInput,
): Promise<ModelLifecycleResult> {
  let { runId } = entry;
  if (runId === undefined) {
    await registerDefinition(db, applied);
    const handle = await client.workflow.start(modelLifecycle, {
      workflowId: lifecycleWorkflowId(model),
      taskQueue: controlTaskQueue,
      args: [input],
      staticSummary: `${model}: ${input.reason ?? ''}`,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    runId = handle.firstExecutionRunId;
    await journal.write(shown.title, { runId });
  }
  return followLifecycle(client, model, runId, (text) => shown.update(text));
}

/** Waits for monitoring to start a lifecycle by itself; answers its run. */
async function awaitRetraining({ client, journal, replay }: Life, shown: Step): Promise<string> {
  const known = new Set(journal.runIds());
  for (;;) {
    const { runId } = await client.workflow.getHandle(lifecycleWorkflowId(model)).describe();
    if (!known.has(runId)) return runId;
    shown.update(`watching, the replay stands at ${replay.eventDay()}`);
    await sleep(500);
  }
}

async function rollBack({ client }: Life): Promise<StepReport> {
  const { fromVersion, toVersion, gateways, durationMs } = await client.workflow.execute(rollbackModel, {
    workflowId: rollbackWorkflowId(model),
    taskQueue: controlTaskQueue,
    args: [{ model, reason: 'the example shows a rollback', actor: 'examples/flights' }],
    staticSummary: `Roll back ${model}`,
  });
  return {
    step: 'Operator rollback',
    version: String(toVersion),
    result: `from version ${String(fromVersion)}; acknowledged by every live gateway (${String(gateways)})`,
    took: `${String(durationMs)} ms`,
  };
}

function expectOutcome(result: ModelLifecycleResult, expected: ModelLifecycleResult['outcome']): void {
  if (result.outcome === expected) return;
  const failed = result.validation.checks.filter((check) => !check.passed);
  const why =
    result.rollout?.reason ??
    failed.map(({ criterion, value }) => `${criterion} ${String(value)}`).join(', ');
  throw new Error(`version ${String(result.version)} was ${result.outcome}, expected ${expected} (${why})`);
}

/** Temporal wraps a failure in layers; what a person needs is the innermost message. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : rootMessage(error.cause);
}
