import { logisticSchema } from '../../domain/trainerDefinition.js';
import { trainNetwork } from '../network/trainNetwork.js';
import { defineTrainer } from './trainer.js';

/** Logistic regression: the network without hidden layers. */
export const logistic = defineTrainer({
  params: logisticSchema,
  train: (params, task) => trainNetwork({ ...params, hiddenUnits: [], embeddings: {} }, task),
});
