/** What a user of Tempered imports. Workflows are a module of their own: `tempered/workflows`. */
export { openFileSystemArtifactStore } from './artifacts/fileSystem.js';
export { openArtifactStore } from './artifacts/openArtifactStore.js';
export { openS3ArtifactStore } from './artifacts/s3.js';
export type { ArtifactStore } from './artifacts/store.js';
export { readConfig, type Config } from './config.js';
export { TemperedError, type TemperedErrorCode } from './domain/errors.js';
export {
  defineEntity,
  defineFeatureView,
  type Entity,
  type EntityInput,
  type FeatureView,
  type FeatureViewInput,
} from './domain/featureView.js';
export {
  defineModel,
  modelDefinitionSchema,
  type ModelDefinition,
  type ModelDefinitionInput,
} from './domain/modelDefinition.js';
export {
  controlTaskQueue,
  gpuTaskQueue,
  lifecycleWorkflowId,
  rollbackWorkflowId,
  tuneWorkflowId,
} from './domain/names.js';
export type { SourceConfiguration } from './domain/sourceConfiguration.js';
export type * from './domain/workflowInput.js';
export { createInferencePool, type InferencePool } from './inference/pool.js';
export { migrateToLatest, openDatabase, type Database } from './store/database.js';
export { registerEntity } from './store/entities.js';
export { registerFeatureView } from './store/featureViews.js';
export { registerDefinition } from './store/models.js';
export { defineTrainer } from './training/index.js';
export { startLocalStack } from './workers/local/stack.js';
export { controlPlugin } from './workers/plugins/controlPlugin.js';
export { gpuPlugin } from './workers/plugins/gpuPlugin.js';
export { ensureNamespace } from './workers/setUp.js';
