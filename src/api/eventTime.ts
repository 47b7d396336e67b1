import { z } from '@hono/zod-openapi';

const earliest = Date.parse('0001-01-02T00:00:00Z');
const latest = Date.parse('9999-12-30T00:00:00Z');

/** A moment a caller names, as a Date; within the years PostgreSQL and ISO 8601 write alike. */
export const eventTimeSchema = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with its offset, like 2001-05-01T08:30:00Z' })
  .refine(
    (text) => Date.parse(text) >= earliest && Date.parse(text) <= latest,
    'must lie in the years 1 to 9999',
  )
  .transform((text) => new Date(text));
