import { mlpSchema } from '../../domain/trainerDefinition.js';
import { trainNetwork } from '../network/trainNetwork.js';
import { defineTrainer } from './trainer.js';

/** A network with rectified hidden layers. */
export const mlp = defineTrainer({ params: mlpSchema, train: trainNetwork });
