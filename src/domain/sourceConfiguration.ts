import { z } from 'zod';

const filesOfSource = {
  path: z
    .string()
    .min(1)
    .refine(
      (path) => !path.startsWith('s3:') || /^s3:\/\/[a-z0-9][a-z0-9.-]+\/[^/]/.test(path),
      'must be s3://bucket/key',
    )
    .describe('one file or a glob (*, ?, [ab], {a,b}, **), on this machine or as s3://bucket/key'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('address of the S3 that path names, where it is not AWS'),
};

const typesOfColumns = z
  .record(
    z.string().min(1),
    z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_ ]*(\(\d+(, ?\d+)?\))?$/, 'must be a DuckDB type, like DECIMAL(12, 2)'),
  )
  .optional()
  .describe('column → DuckDB type; the others are found by reading every row');

/**
 * Where the rows of a named source lie. Part of the worker's configuration: definitions know sources by name only.
 * Text files are UTF-8; a CSV has a header, quotes by `"`, and tells NULL (nothing) from an empty string (`""`).
 */
export const sourceConfigurationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('parquet'), ...filesOfSource }),
  z.strictObject({
    kind: z.literal('csv'),
    ...filesOfSource,
    types: typesOfColumns,
    delimiter: z.string().length(1).optional().describe('"," by default'),
  }),
  z.strictObject({ kind: z.literal('jsonl'), ...filesOfSource, types: typesOfColumns }),
  z.strictObject({
    kind: z.literal('postgres'),
    urlVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, not a URL')
      .describe("environment variable of the worker that holds the database's URL"),
    query: z.string().min(1).describe('one SELECT, without a semicolon'),
  }),
]);

export type SourceConfiguration = z.output<typeof sourceConfigurationSchema>;

/** A source by the name that definitions use. */
export interface Source {
  name: string;
  configuration: SourceConfiguration;
}
