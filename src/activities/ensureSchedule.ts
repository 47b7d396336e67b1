import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { controlTaskQueue } from '../domain/names.js';

export interface WorkflowSchedule {
  scheduleId: string;
  everySeconds: number;
  workflowType: string;
  input: Record<string, unknown>;
  summary: string;
}

/** Creates a schedule, or brings its interval up to date. A run that would overlap the one before is skipped. */
export async function ensureSchedule(
  { schedule }: Pick<Client, 'schedule'>,
  { scheduleId, everySeconds, workflowType, input, summary }: WorkflowSchedule,
): Promise<void> {
  const spec = { intervals: [{ every: everySeconds * 1000 }] };
  try {
    await schedule.create({
      scheduleId,
      spec,
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType,
        args: [input],
        taskQueue: controlTaskQueue,
        staticSummary: summary,
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await schedule.getHandle(scheduleId).update((previous) => ({ ...previous, spec }));
  }
}
