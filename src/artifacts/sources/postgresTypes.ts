import { TemperedError } from '../../domain/errors.js';

/** A column as PostgreSQL describes it. */
export interface PostgresColumn {
  name: string;
  /** Object id of its type, and what the type was declared with; −1 for nothing. */
  dataTypeID: number;
  dataTypeModifier: number;
  /** The type's name and category in pg_type. */
  typeName: string;
  typeCategory: string;
}

const duckdbTypes: Readonly<Record<string, string>> = {
  bool: 'BOOLEAN',
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  oid: 'BIGINT',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timetz: 'TIME WITH TIME ZONE',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  interval: 'INTERVAL',
  uuid: 'UUID',
  json: 'JSON',
  jsonb: 'JSON',
};

/** Strings (text, varchar, citext …) and enumerations. */
const textCategories = new Set(['S', 'E']);
const mostDigits = 38;

/**
 * DuckDB's type with the same values. A `numeric` without a declared precision (or with more than 38 digits) becomes
 * DOUBLE; cast it to numeric(p, s) in the query to keep every digit.
 *
 * @throws TemperedError `InvalidInput` for a type that has no such type
 */
export function duckdbTypeOf(column: PostgresColumn): string {
  const { typeName, typeCategory } = column;
  if (typeName === 'numeric') return decimalType(column.dataTypeModifier);
  const type = Object.hasOwn(duckdbTypes, typeName) ? duckdbTypes[typeName] : undefined;
  if (type !== undefined) return type;
  if (textCategories.has(typeCategory)) return 'VARCHAR';
  throw new TemperedError(
    'InvalidInput',
    `column "${column.name}" has the type ${typeName}, which a snapshot cannot hold; cast it in the query, to text for example`,
  );
}

/** PostgreSQL packs precision and scale into the modifier, 4 more than it says (numeric.c, make_numeric_typmod). */
function decimalType(modifier: number): string {
  if (modifier < 0) return 'DOUBLE';
  const precision = ((modifier - 4) >> 16) & 0xffff;
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  const fits = precision <= mostDigits && scale >= 0 && scale <= precision;
  return fits ? `DECIMAL(${String(precision)}, ${String(scale)})` : 'DOUBLE';
}
