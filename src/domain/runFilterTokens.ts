/** The words of a run filter. */
import { TemperedError } from './errors.js';
import { isStorable } from './storableText.js';

export type Token =
  | { kind: 'name'; path: string[]; text: string; at: number }
  | { kind: 'string'; value: string; text: string; at: number }
  | { kind: 'number'; value: number; text: string; at: number }
  | { kind: 'symbol' | 'end'; text: string; at: number };

export const maxFilterCharacters = 2000;

/** Longer alternatives first: the first that matches is taken. */
const patterns = {
  space: /\s+/y,
  string: /'(?:[^']|'')*'|"(?:[^"]|"")*"/y,
  number: /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y,
  name: /(?:[A-Za-z_][\w-]*)(?:\.(?:[\w-]+|`[^`]+`))*/y,
  symbol: /!=|<=|>=|[=<>()]/y,
} as const;

/** @throws TemperedError `InvalidInput`, pointing at the character */
export function tokenize(filter: string): Token[] {
  if (filter.length > maxFilterCharacters) {
    throw new TemperedError(
      'InvalidInput',
      `The filter has ${String(filter.length)} characters; it may have ${String(maxFilterCharacters)}.`,
    );
  }
  if (!isStorable(filter)) {
    throw new TemperedError('InvalidInput', 'The filter holds a character that no text in the registry has.');
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(filter)?.[0] ?? null;
  };
  while (at < filter.length) {
    const [kind, text] = firstMatch(take) ?? [];
    if (kind === undefined || text === undefined) throw filterError(filter, at, complaint(filter, at));
    if (kind !== 'space') tokens.push(tokenOf(kind, text, at));
    at += text.length;
  }
  return [...tokens, { kind: 'end', text: 'the end', at }];
}

/** An error that shows where in the filter it is. */
export function filterError(filter: string, at: number, problem: string): TemperedError {
  return new TemperedError(
    'InvalidInput',
    `The filter is wrong at character ${String(at + 1)}: ${problem}.\n  ${filter}\n  ${' '.repeat(at)}^`,
  );
}

type Kind = keyof typeof patterns;
const kinds: readonly Kind[] = ['space', 'string', 'number', 'name', 'symbol'];

function firstMatch(take: (pattern: RegExp) => string | null): [Kind, string] | null {
  for (const kind of kinds) {
    const text = take(patterns[kind]);
    if (text !== null) return [kind, text];
  }
  return null;
}

function tokenOf(kind: Exclude<Kind, 'space'>, text: string, at: number): Token {
  switch (kind) {
    case 'string': {
      const quote = text.charAt(0);
      return { kind, value: text.slice(1, -1).replaceAll(quote + quote, quote), text, at };
    }
    case 'number':
      return { kind, value: Number(text), text, at };
    case 'name':
      return { kind, path: segmentsOf(text), text, at };
    case 'symbol':
      return { kind, text, at };
  }
}

/** Takes a name apart at its dots, but for those within backticks. */
function segmentsOf(name: string): string[] {
  return [...name.matchAll(/`([^`]+)`|[^.`]+/g)].map(([plain, quoted]) => quoted ?? plain);
}

function complaint(filter: string, at: number): string {
  const character = filter.charAt(at);
  return character === "'" || character === '"'
    ? `the text that begins with ${character} has no end`
    : `"${character}" means nothing here`;
}
