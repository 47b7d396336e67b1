import { z } from 'zod';

const logisticParams = {
  epochs: z.int().min(1).max(10_000).default(5),
  batchSize: z.int().min(1).default(512),
  learningRate: z.number().positive().default(0.01),
};

export const trainerSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('logistic'), ...logisticParams }),
  z.strictObject({
    name: z.literal('mlp'),
    ...logisticParams,
    hiddenUnits: z.array(z.int().min(1).max(4096)).min(1).max(8).default([32]),
  }),
]);

export type TrainerSpec = z.output<typeof trainerSchema>;
