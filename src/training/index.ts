/** What the module of a user's own trainer imports, as `tempered/training`: nothing here needs a server or TensorFlow. */
export type { ColumnBatch } from '../domain/dataset.js';
export { TemperedError } from '../domain/errors.js';
export type { Feature } from '../domain/feature.js';
export type { EpochReport, MetricPoint } from '../domain/training.js';
export { GraphBuilder } from './onnx/graphBuilder.js';
export { attributeType, elementType } from './onnx/schema.js';
export {
  defineTrainer,
  type ResumePoint,
  type TrainedModel,
  type Trainer,
  type TrainingTask,
} from './trainers/trainer.js';
export type { LabelledBatch, TrainingData } from './trainingData.js';
