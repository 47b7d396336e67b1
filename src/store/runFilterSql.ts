/** Run filters and sort keys as SQL over the table `runs`. Names and values are bindings, always. */
import type { Knex } from 'knex';
import { typeOfField, type RunColumn, type RunField } from '../domain/runField.js';
import type { RunFilter } from '../domain/runFilter.js';

/** An expression with its bindings. */
export interface Sql {
  text: string;
  bindings: Knex.RawBinding[];
}

const columnSql: Record<RunColumn, string> = {
  id: 'runs.id::text',
  model: 'runs.model',
  trainer: 'runs.trainer',
  status: 'runs.status',
  seed: 'runs.seed::double precision',
  permutedLabels: 'runs.permuted_labels',
  started: 'runs.started_at',
  ended: 'runs.ended_at',
  durationSeconds:
    'extract(epoch from coalesce(runs.ended_at, clock_timestamp()) - runs.started_at)::double precision',
  cpuSeconds: 'runs.cpu_seconds',
  gpuSeconds: 'runs.gpu_seconds',
};

/** The PostgreSQL type in which each type of field is compared and sorted. */
export const sqlTypes = {
  text: 'text',
  number: 'double precision',
  boolean: 'boolean',
  time: 'timestamptz',
  json: 'jsonb',
} as const;

/** The value of a field, in the type of `sqlTypes`; null where a run has it not. */
export function fieldSql(field: RunField): Sql {
  switch (field.kind) {
    case 'column':
      return { text: columnSql[field.name], bindings: [] };
    case 'metric':
      return {
        text: '(select value from run_metrics where run_id = runs.id and name = ? order by step desc limit 1)',
        bindings: [field.name],
      };
    case 'tag':
      return { text: 'runs.tags ->> ?', bindings: [field.name] };
    case 'param':
      return { text: 'runs.params #> ?::text[]', bindings: [[...field.path]] };
    case 'environment':
      return { text: 'runs.environment #> ?::text[]', bindings: [[...field.path]] };
  }
}

export function filterSql(filter: RunFilter): Sql {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const [left, right] = [filterSql(filter.left), filterSql(filter.right)];
      return {
        text: `(${left.text} ${filter.kind} ${right.text})`,
        bindings: [...left.bindings, ...right.bindings],
      };
    }
    case 'not': {
      const inner = filterSql(filter.filter);
      return { ...inner, text: `not ${inner.text}` };
    }
    case 'comparison':
      return comparisonSql(filter);
  }
}

/** What a run has not compares as false, so that `not` is its opposite. */
function comparisonSql({ field, operator, value }: Extract<RunFilter, { kind: 'comparison' }>): Sql {
  const { text, bindings } = comparable(field, operator === 'contains' ? 'string' : typeof value);
  if (operator === 'contains') {
    return { text: `coalesce(strpos(${text}, ?) > 0, false)`, bindings: [...bindings, value] };
  }
  const sqlOperator = operator === '!=' ? '<>' : operator;
  const type = typeOfField(field) === 'time' ? '::timestamptz' : '';
  return { text: `coalesce(${text} ${sqlOperator} ?${type}, false)`, bindings: [...bindings, value] };
}

/** A field as the type of the value it is compared with; JSON of another type compares with nothing. */
function comparable(field: RunField, valueType: string): Sql {
  const { text, bindings } = fieldSql(field);
  if (typeOfField(field) !== 'json') return { text, bindings };
  const asText = `((${text}) #>> '{}')`;
  if (valueType === 'string') return { text: asText, bindings };
  const cast = valueType === 'number' ? 'double precision' : 'boolean';
  return {
    text: `(case when jsonb_typeof(${text}) = '${valueType}' then ${asText}::${cast} end)`,
    bindings: [...bindings, ...bindings],
  };
}
