/** Every trainer that a definition can name. Each is loaded only when a job asks for it. */
import type { TrainerName } from '../../domain/trainerDefinition.js';
import type { Trainer } from './trainer.js';

export const trainers: Record<TrainerName, () => Promise<Trainer>> = {
  logistic: async () => (await import('./logistic.js')).logistic,
  mlp: async () => (await import('./mlp.js')).mlp,
  trees: async () => (await import('./trees.js')).trees,
  onnx: async () => (await import('./onnx.js')).onnx,
  module: async () => (await import('./module.js')).moduleTrainer,
};
