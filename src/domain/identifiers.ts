import { z } from 'zod';

/** Lower-case words joined by dashes: safe in URLs, workflow ids and file names. */
export const modelNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower-case words joined by "-", like "flight-delay"')
  .max(63);

/** What columns, features and sources are called: plain SQL identifiers. */
export const identifierSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain identifier (letters, digits and _)')
  .max(63);
