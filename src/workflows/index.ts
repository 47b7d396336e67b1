/**
 * The workflows of Tempered. TypeScript plugins cannot bring workflows, so a worker of yours re-exports these from
 * its own workflow module: `export * from 'tempered/workflows'`. Safe for the workflow isolate: no I/O, no Node API.
 */
export { materializeFeatures, type MaterializeFeaturesResult } from './materializeFeatures.js';
export { modelLifecycle, type ModelLifecycleResult } from './modelLifecycle.js';
export { monitorModel, type MonitorModelResult } from './monitorModel.js';
export { rollbackModel, type RollbackModelResult } from './rollbackModel.js';
export { rolloutModel, type RolloutModelResult, type RolloutProgress } from './rolloutModel.js';
export { statusQuery, type WorkflowStatus } from './status.js';
export { trainModel, type TrainModelResult } from './trainModel.js';
export { tuneModel, type TuneModelResult } from './tuneModel.js';
export { validateModel, type ValidateModelResult } from './validateModel.js';
