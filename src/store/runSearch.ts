import { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';
import { typeOfField } from '../domain/runField.js';
import { newestFirst, type RunFilter, type RunSort } from '../domain/runFilter.js';
import type { Database } from './database.js';
import { fieldSql, filterSql, sqlTypes, type Sql } from './runFilterSql.js';
import { readLastMetrics } from './runMetrics.js';
import { runSummaryColumns, toRunSummary, type RunSummary, type RunSummaryRow } from './runSummary.js';

export interface RunSearch {
  model?: string;
  status?: string;
  /** All of them. */
  tags?: Readonly<Record<string, string>>;
  where?: RunFilter;
  sort?: RunSort;
  limit?: number;
  /** Where the page before ended; of the same search. */
  cursor?: string;
  /** Shows deleted runs, too. */
  deleted?: boolean;
}

export interface RunPage {
  runs: RunSummary[];
  /** Where the next page goes on; null on the last one. */
  nextCursor: string | null;
}

export const maxRunsPerPage = 200;

/**
 * Searches runs, the newest first unless told otherwise; runs that lack the field they are sorted by come last.
 *
 * @throws TemperedError `InvalidInput` for a cursor that is none
 */
export async function searchRuns(db: Database, search: RunSearch): Promise<RunPage> {
  const { sort = newestFirst } = search;
  const limit = Math.min(search.limit ?? 50, maxRunsPerPage);
  const key = fieldSql(sort.field);
  const order = sort.descending ? 'desc' : 'asc';
  const keyAsText = sort.field.kind === 'column' && typeOfField(sort.field) === 'time' ? timeText : plainText;

  const query = db('runs')
    .leftJoin('model_versions', 'model_versions.run_id', 'runs.id')
    .select<(RunSummaryRow & { sort_key: string | null })[]>(
      ...runSummaryColumns,
      db.raw(`${keyAsText(key.text)} as sort_key`, key.bindings),
    )
    .orderByRaw(`(${key.text}) ${order} nulls last, runs.id ${order}`, key.bindings)
    .limit(limit + 1);
  if (search.deleted !== true) void query.whereNull('runs.deleted_at');
  if (search.model !== undefined) void query.where('runs.model', search.model);
  if (search.status !== undefined) void query.where('runs.status', search.status);
  if (search.tags !== undefined) void query.whereRaw('runs.tags @> ?::jsonb', [JSON.stringify(search.tags)]);
  for (const condition of [
    search.where === undefined ? null : filterSql(search.where),
    search.cursor === undefined ? null : afterCursor(decodeCursor(search.cursor, sort), sort, key),
  ]) {
    if (condition !== null) void query.whereRaw(condition.text, condition.bindings);
  }

  const rows = await query;
  const page = rows.slice(0, limit);
  const metrics = await readLastMetrics(
    db,
    page.map(({ id }) => id),
  );
  const last = page.at(-1);
  return {
    runs: page.map((row) => toRunSummary(row, metrics.get(row.id) ?? {})),
    nextCursor:
      rows.length > limit && last !== undefined ? encodeCursor({ key: last.sort_key, id: last.id }) : null,
  };
}

/** In full: timestamps have microseconds, which a Date would lose. */
const timeText = (key: string): string => `to_char(${key} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.USZ')`;
const plainText = (key: string): string => `(${key})::text`;

/** Rows behind the cursor, in the order of `searchRuns`. */
function afterCursor({ key, id }: Cursor, { field, descending }: RunSort, { text, bindings }: Sql): Sql {
  const beyond = descending ? '<' : '>';
  if (key === null) {
    return { text: `(${text}) is null and runs.id ${beyond} ?`, bindings: [...bindings, id] };
  }
  const value = `?::${sqlTypes[typeOfField(field)]}`;
  return {
    text: `((${text}) is null or (${text}, runs.id) ${beyond} (${value}, ?::uuid))`,
    bindings: [...bindings, ...bindings, key, id],
  };
}

const cursorSchema = z.strictObject({ key: z.string().nullable(), id: z.uuid() });
type Cursor = z.output<typeof cursorSchema>;

/** What PostgreSQL wrote as text of each type, and will read again. */
const keySchemas = {
  text: z.string(),
  number: z.coerce.number(),
  boolean: z.enum(['true', 'false']),
  time: z.iso.datetime({ precision: 6 }),
  json: z.string().transform((text): unknown => JSON.parse(text)),
} as const;

function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function decodeCursor(text: string, { field }: RunSort): Cursor {
  try {
    const cursor = parse(cursorSchema, JSON.parse(Buffer.from(text, 'base64url').toString()), 'The cursor');
    if (cursor.key !== null) keySchemas[typeOfField(field)].parse(cursor.key);
    return cursor;
  } catch (cause) {
    throw new TemperedError(
      'InvalidInput',
      'The cursor is none that a page of runs ended with. Ask without one for the first page.',
      { cause },
    );
  }
}
