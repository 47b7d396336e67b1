import { treesSchema } from '../../domain/trainerDefinition.js';
import { trainTrees } from '../trees/trainTrees.js';
import { defineTrainer } from './trainer.js';

/** Gradient-boosted decision trees. */
export const trees = defineTrainer({ params: treesSchema, train: trainTrees });
