import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, uuid4, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { WindowReport } from '../domain/monitoring.js';
import { lifecycleWorkflowId } from '../domain/names.js';
import { monitorModelInputSchema, type MonitorModelInput } from '../domain/workflowInput.js';
import { control } from './activities.js';
import { assessWindow } from './decisions/assessWindow.js';
import { decideRetraining } from './decisions/decideRetraining.js';
import { dueMonitoringWindows } from './decisions/planWindows.js';
import { runWorkflow } from './entry.js';
import { modelLifecycle } from './modelLifecycle.js';

export interface MonitorModelResult {
  model: string;
  windows: { from: string; to: string; status: WindowReport['status']; reason: string }[];
  retrainingStarted: boolean;
}

/** Windows looked at in one run; the schedule brings the next run soon enough. */
const maxWindows = 20;

/** Looks at each window that is complete, and starts a retraining when one drifted. The schedule starts this. */
export async function monitorModel(input: MonitorModelInput): Promise<MonitorModelResult> {
  return runWorkflow('monitorModel', monitorModelInputSchema, input, async ({ model }, status) => {
    const facts = await control.readMonitoringFacts({ model });
    const { championVersion: version, referenceProfileSha256, policy } = facts;
    status.setVersion(version);
    if (referenceProfileSha256 === null) {
      status.enter('done', 'the champion is the baseline, which has no reference window');
      return { model, windows: [], retrainingStarted: false };
    }

    const windows: MonitorModelResult['windows'] = [];
    let { newestDrift } = facts;
    for (const window of dueMonitoringWindows({ ...facts, windowHours: policy.windowHours }, maxWindows)) {
      status.enter('measuring', `${window.from} to ${window.to}`);
      const measurement = await control.measureWindow({ model, version, window, referenceProfileSha256 });
      const report = assessWindow(measurement, policy);
      await control.recordWindow({ model, version, report });
      windows.push({ ...window, status: report.status, reason: report.reason });
      if (report.status === 'drifted') newestDrift = report;
    }

    const { retrain } = decideRetraining(newestDrift, policy.retraining, facts.lastRetraining);
    const retrainingStarted =
      (newestDrift !== null && retrain && (await retrainForDrift(model, version, newestDrift))) ||
      (await retrainForFeatures(model, facts.newFeatures ?? []));
    status.enter('done', `${String(windows.length)} windows looked at`);
    return { model, windows, retrainingStarted };
  });
}

/** False where a lifecycle of this model is under way: the next look at this model tries again. */
async function retrainForDrift(model: string, version: number, report: WindowReport): Promise<boolean> {
  const reason = `window ${report.window.from} to ${report.window.to} of version ${String(version)}: ${report.reason}`;
  if (!(await startLifecycle(model, reason, report.reason))) return false;
  await control.recordRetraining({
    id: uuid4(),
    model,
    championVersion: version,
    window: report.window,
    reason: report.reason,
    workflowId: lifecycleWorkflowId(model),
  });
  return true;
}

/** Once for each feature view that the definition has come to use since the champion was trained. */
async function retrainForFeatures(
  model: string,
  views: readonly { view: string; version: number }[],
): Promise<boolean> {
  if (views.length === 0) return false;
  const names = views.map(({ view, version }) => `${view}@${String(version)}`).join(', ');
  const reason = `the definition uses new features: ${names}`;
  if (!(await startLifecycle(model, reason, reason))) return false;
  await control.answerFeatureAnnouncements({ model, views: [...views] });
  return true;
}

/** False where a lifecycle of this model is under way. */
async function startLifecycle(model: string, reason: string, summary: string): Promise<boolean> {
  try {
    await startChild(modelLifecycle, {
      workflowId: lifecycleWorkflowId(model),
      args: [{ model, reason }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `Retraining of ${model}: ${summary}`,
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
  return true;
}
