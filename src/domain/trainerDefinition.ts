import { z } from 'zod';

const descentParams = {
  epochs: z.int().min(1).max(10_000).default(5),
  batchSize: z.int().min(1).default(512),
  learningRate: z.number().positive().default(0.01),
};

export const logisticSchema = z.strictObject({ name: z.literal('logistic'), ...descentParams });

export const mlpSchema = z.strictObject({
  name: z.literal('mlp'),
  ...descentParams,
  hiddenUnits: z.array(z.int().min(1).max(4096)).min(1).max(8).default([32]),
});

/** A trainer by its name, with its parameters; src/training/trainers/registry.ts says what each name stands for. */
export const trainerSchema = z.discriminatedUnion('name', [logisticSchema, mlpSchema]);

export type TrainerSpec = z.output<typeof trainerSchema>;
export type TrainerName = TrainerSpec['name'];
