import { createRequire } from 'node:module';
import { z } from 'zod';

/** This package's version, from its package.json, which lies at the same distance from the compiled file. */
export const packageVersion = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../../../package.json')).version;
