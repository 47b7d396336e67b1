import {
  ActivityCancellationType,
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { ControlActivities, GpuActivities } from '../activities/index.js';
import { controlTaskQueue, gpuTaskQueue } from '../domain/names.js';

/**
 * A dependency that is away is waited for: attempts go on, ever more slowly. What cannot be mended by trying
 * again is marked non-retryable where it is thrown.
 */
const patientRetry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/**
 * Activities that read or write a few rows. A cancelled workflow waits for the one in hand, so that it knows what it
 * has to tidy up.
 */
export const control = proxyTempered<ControlActivities>({
  taskQueue: controlTaskQueue,
  startToCloseTimeout: '10 minutes',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: patientRetry,
});

/** Activities that wait for something outside and say that they are alive meanwhile. */
export const waiting = proxyTempered<Pick<ControlActivities, 'awaitGateways'>>({
  taskQueue: controlTaskQueue,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10s',
  retry: patientRetry,
});

/** Activities that move rows between a source and PostgreSQL, heartbeating every second. */
export const materializing = proxyTempered<
  Pick<ControlActivities, 'planMaterialization' | 'materializeChunk' | 'completeMaterialization'>
>({
  taskQueue: controlTaskQueue,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '10s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: patientRetry,
});

/** Training and evaluation: long, heartbeating every second, given up after ten attempts. */
export const gpu = proxyTempered<GpuActivities>({
  taskQueue: gpuTaskQueue,
  startToCloseTimeout: '24 hours',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  heartbeatTimeout: '10s',
  retry: { ...patientRetry, maximumInterval: '1 minute', maximumAttempts: 10 },
});

/** Our activities are registered with the prefix `tempered.`; workflows call them by their plain names. */
function proxyTempered<Activities>(options: ActivityOptions): ActivityInterfaceFor<Activities> {
  return new Proxy(proxyActivities<Activities>(options), {
    get: (registered, name): unknown => Reflect.get(registered, `tempered.${String(name)}`),
  });
}
