/** How the parameters of a model's trainer are searched for. */
import { z } from 'zod';
import { identifierSchema } from './identifiers.js';
import { trainerSchema, type TrainerSpec } from './trainerDefinition.js';

/** Bounds the history of a search: a trial is one activity in each rung. */
const maxTrials = 100;

const rising = ([from, to]: readonly [number, number]) => from < to;
const range = z.tuple([z.number(), z.number()]).refine(rising, 'must rise');

/** What a parameter is drawn from: one of these values, or evenly from a range, its logarithm or its whole numbers. */
const dimensionSchema = z.union(
  [
    z.strictObject({ choice: z.array(z.json()).min(1).max(100) }),
    z.strictObject({ uniform: range }),
    z.strictObject({ logUniform: range.refine(([from]) => from > 0, 'must be above 0') }),
    z.strictObject({ integer: z.tuple([z.int(), z.int()]).refine(rising, 'must rise') }),
  ],
  'must be {"choice": […]}, or {"uniform" | "logUniform" | "integer": [from, to]} with from < to',
);

const searchFields = {
  trials: z.int().min(1).max(maxTrials).default(20),
  /** Of the held-out rows: the least log loss or the largest AUC wins. */
  metric: z.enum(['logLoss', 'auc']).default('logLoss'),
  /** The end of the training window, which no trial is trained on; the acceptance window comes after it. */
  holdOutDays: z.number().positive(),
  /** Draws the trials. */
  seed: z.int().min(0).default(1),
  /** Parameter of the trainer → what it is drawn from; the others stay as the definition's trainer has them. */
  space: z
    .record(identifierSchema, dimensionSchema)
    .refine((space) => Object.keys(space).length > 0, 'must name a parameter'),
};

export const tuningSchema = z.discriminatedUnion('method', [
  /** Each trial is trained in full (Bergstra and Bengio, JMLR 13, 2012). */
  z.strictObject({ method: z.literal('random'), ...searchFields }),
  /** All trials are trained a little, the best of them longer, and so on (Jamieson and Talwalkar, AISTATS 2016). */
  z.strictObject({
    method: z.literal('successive-halving'),
    ...searchFields,
    /** The parameter that says how long a trial is trained, and its least and largest value. */
    resource: z
      .strictObject({ param: identifierSchema, from: z.int().min(1), to: z.int().min(2) })
      .refine(({ from, to }) => from < to, 'must rise'),
    /** One in so many trials goes on to the next rung, where it is trained so many times as long. */
    keepOneIn: z.int().min(2).max(10).default(3),
  }),
]);

export type Tuning = z.output<typeof tuningSchema>;
export type TuningMetric = Tuning['metric'];
export type SearchSpace = Tuning['space'];
export type TrialParams = Record<string, z.output<ReturnType<typeof z.json>>>;

export interface TuningProblem {
  path: string[];
  message: string;
}

/** What a search cannot do with this trainer and this training window; empty where it can be done. */
export function tuningProblems(
  tuning: Tuning,
  { trainer, training }: { trainer: TrainerSpec; training: { days: number } },
): TuningProblem[] {
  const problems = Object.entries(tuning.space).flatMap(([param, dimension]) =>
    Object.entries(dimension).flatMap(([kind, values]) =>
      valueProblems(trainer, param, values).map((message) => ({ path: ['space', param, kind], message })),
    ),
  );
  if (tuning.method === 'successive-halving') {
    const { param, from, to } = tuning.resource;
    for (const message of valueProblems(trainer, param, [from, to]))
      problems.push({ path: ['resource'], message });
    if (Object.hasOwn(tuning.space, param)) {
      problems.push({ path: ['space', param], message: `"${param}" is the resource, which the rungs set` });
    }
  }
  if (tuning.holdOutDays >= training.days) {
    const message = `must leave some of the ${String(training.days)} days of training`;
    problems.push({ path: ['holdOutDays'], message });
  }
  return problems;
}

/** Of the values that a parameter may take, those that the trainer refuses. */
function valueProblems(trainer: TrainerSpec, param: string, values: readonly unknown[]): string[] {
  return values.flatMap((value) => {
    const issue = trainerSchema.safeParse({ ...trainer, [param]: value }).error?.issues[0];
    if (issue === undefined) return [];
    const known = Object.keys(trainer).filter((name) => name !== 'name');
    return issue.code === 'unrecognized_keys'
      ? [`the trainer "${trainer.name}" has no parameter "${param}" (it has: ${known.join(', ')})`]
      : [`${JSON.stringify(value)}: ${issue.message}`];
  });
}
