/**
 * The language in which runs are searched: comparisons of fields with values, joined by `and`, `or`, `not` and
 * parentheses, such as `metrics.loss < 0.4 and params.epochs = 4`. A filter is only ever a tree of these; its values
 * reach the database as bindings.
 *
 * A comparison with something a run has not is false, and its `not` is true.
 */
import { messageOf, TemperedError } from './errors.js';
import { runFieldOf, typeOfField, type RunField } from './runField.js';
import { filterError, tokenize, type Token } from './runFilterTokens.js';

const operators = ['=', '!=', '<', '<=', '>', '>=', 'contains'] as const;
export type RunFilterOperator = (typeof operators)[number];

export type RunFilter =
  | { kind: 'and' | 'or'; left: RunFilter; right: RunFilter }
  | { kind: 'not'; filter: RunFilter }
  | { kind: 'comparison'; field: RunField; operator: RunFilterOperator; value: string | number | boolean };

const maxDepth = 50;
const keywords = new Set(['and', 'or', 'not', 'contains']);

/** @throws TemperedError `InvalidInput`, pointing at what is wrong */
export function parseRunFilter(text: string): RunFilter {
  const tokens = tokenize(text);
  let next = 0;
  const peek = (): Token => tokens[Math.min(next, tokens.length - 1)] ?? { kind: 'end', text: '', at: 0 };
  const advance = (): Token => {
    const token = peek();
    next += 1;
    return token;
  };
  const accept = (word: string): boolean => {
    if (!isWord(peek(), word)) return false;
    next += 1;
    return true;
  };

  function alternatives(depth: number): RunFilter {
    let left = conjunction(depth);
    while (accept('or')) left = { kind: 'or', left, right: conjunction(depth) };
    return left;
  }

  function conjunction(depth: number): RunFilter {
    let left = negation(depth);
    while (accept('and')) left = { kind: 'and', left, right: negation(depth) };
    return left;
  }

  function negation(depth: number): RunFilter {
    if (depth > maxDepth) throw filterError(text, peek().at, 'it is nested too deeply');
    if (accept('not')) return { kind: 'not', filter: negation(depth + 1) };
    if (!accept('(')) return comparison();
    const inner = alternatives(depth + 1);
    const closing = advance();
    if (closing.text !== ')') throw filterError(text, closing.at, `")" is missing before ${closing.text}`);
    return inner;
  }

  function comparison(): RunFilter {
    const name = advance();
    if (name.kind !== 'name' || keywords.has(name.text)) {
      throw filterError(text, name.at, `a field is expected, not ${name.text}`);
    }
    const field = at(name, () => runFieldOf(name.path));
    const operatorToken = advance();
    const operator = operators.find((candidate) => isWord(operatorToken, candidate));
    if (operator === undefined) {
      const known = operators.join(' ');
      throw filterError(text, operatorToken.at, `one of ${known} is expected, not ${operatorToken.text}`);
    }
    const valueToken = advance();
    return at(valueToken, () => {
      const value = valueOf(valueToken);
      return { kind: 'comparison', field, operator, value: fitting(field, operator, value) };
    });
  }

  /** Lets an error that knows no place point at this word. */
  function at<T>(token: Token, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw filterError(text, token.at, messageOf(error).replace(/\.$/, ''));
    }
  }

  const filter = alternatives(0);
  const rest = peek();
  if (rest.kind !== 'end') throw filterError(text, rest.at, `"and" or "or" is expected, not ${rest.text}`);
  return filter;
}

function isWord(token: Token, word: string): boolean {
  return (token.kind === 'symbol' || token.kind === 'name') && token.text.toLowerCase() === word;
}

/** A number, a text in quotes, true, false, or one bare word. */
function valueOf(token: Token): string | number | boolean {
  if (token.kind === 'string' || token.kind === 'number') return token.value;
  if (token.kind !== 'name' || keywords.has(token.text)) {
    throw wrong(`a value is expected, not ${token.text}`);
  }
  return token.text === 'true' ? true : token.text === 'false' ? false : token.text;
}

/** The value as its field compares it. */
function fitting(field: RunField, operator: RunFilterOperator, value: string | number | boolean) {
  const type = typeOfField(field);
  if (operator === 'contains') {
    if (type !== 'text' && type !== 'json') throw wrong('only text can be asked what it contains');
    return String(value);
  }
  if (typeof value === 'boolean' && operator !== '=' && operator !== '!=') {
    throw wrong(`true and false compare by = and != only`);
  }
  switch (type) {
    case 'text':
      return String(value);
    case 'number':
      if (typeof value !== 'number') throw wrong('a number is expected');
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong('true or false is expected');
      return value;
    case 'time':
      return momentOf(value);
    case 'json':
      return value;
  }
}

function momentOf(value: string | number | boolean): string {
  const moment = typeof value === 'string' ? new Date(value) : new Date(Number.NaN);
  // Within the years that PostgreSQL and ISO 8601 write alike.
  const year = moment.getUTCFullYear();
  if (!(year >= 1 && year <= 9999))
    throw wrong("a moment in quotes is expected, such as '2026-11-25T12:00Z'");
  return moment.toISOString();
}

function wrong(problem: string): TemperedError {
  return new TemperedError('InvalidInput', problem);
}

export interface RunSort {
  field: RunField;
  descending: boolean;
}

/**
 * What to sort runs by: a field, or `-` and a field for the largest first.
 *
 * @throws TemperedError `InvalidInput`
 */
export function parseRunSort(text: string): RunSort {
  const descending = text.startsWith('-');
  const [name, end] = tokenize(descending ? text.slice(1) : text);
  if (name?.kind !== 'name' || end?.kind !== 'end') {
    throw new TemperedError(
      'InvalidInput',
      `"${text}" is no field to sort by; try -started or metrics.loss.`,
    );
  }
  return { field: runFieldOf(name.path), descending };
}

/** The newest first. */
export const newestFirst: RunSort = { field: { kind: 'column', name: 'started' }, descending: true };
