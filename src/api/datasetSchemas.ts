import { z } from '@hono/zod-openapi';
import { dataRequirementsSchema } from '../domain/dataRequirements.js';
import { datasetVersionSchema } from '../domain/dataset.js';

export const datasetAnswerSchema = datasetVersionSchema.openapi('DatasetVersion');

export const requirementsAnswerSchema = z
  .object({
    id: z.string(),
    createdAt: z.iso.datetime(),
    report: dataRequirementsSchema.describe('what was held against the rows, and what was found'),
  })
  .openapi('DataRequirements');
