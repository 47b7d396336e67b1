/** Names that several processes must agree on. */

/** Task queue of workflows and light activities. */
export const controlTaskQueue = 'tempered';
/** Task queue of training, evaluation and batch inference: one slot per device. */
export const gpuTaskQueue = 'tempered-gpu';

/** PostgreSQL channel on which every new deployment epoch is announced, as `model:epoch`. */
export const deploymentChannel = 'tempered_deployments';

/** PostgreSQL channel on which each new feature view is announced to a model, as `view@version:model`. */
export const featureChannel = 'tempered_features';

/** Workflow ids: one lifecycle, one search, one rollback and one schedule per model at a time. */
export const lifecycleWorkflowId = (model: string): string => `modelLifecycle/${model}`;
export const tuneWorkflowId = (model: string): string => `tuneModel/${model}`;
export const rollbackWorkflowId = (model: string): string => `rollbackModel/${model}`;
/** One materialization and one schedule per version of a feature view at a time. */
export const materializationId = (view: string, version: number): string =>
  `materializeFeatures/${view}@${String(version)}`;
export const monitorScheduleId = (model: string): string => `monitorModel/${model}`;
