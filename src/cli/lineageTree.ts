/** A lineage graph as the terminal shows it: a tree in each direction, each thing told in full once. */
import {
  lineageKeyText,
  neighboursIn,
  type LineageDirection,
  type LineageFact,
  type LineageGraph,
  type LineageKey,
  type LineageNode,
} from '../domain/lineage.js';

export function lineageTree(graph: LineageGraph): string {
  const told = new Set<string>();
  const nodes = new Map(graph.nodes.map((node) => [lineageKeyText(node), node]));
  const incomplete = new Set(
    graph.incomplete.map(({ key, direction }) => `${direction} ${lineageKeyText(key)}`),
  );

  function describe(key: LineageKey, indent: string): string[] {
    const node = nodes.get(lineageKeyText(key));
    if (node === undefined) return [];
    return factLines(node).map((line) => `${indent}${line}`);
  }

  function branches(key: LineageKey, direction: LineageDirection, indent: string): string[] {
    const neighbours = neighboursIn(graph, key, direction);
    const more = incomplete.has(`${direction} ${lineageKeyText(key)}`);
    const lines = neighbours.flatMap((neighbour, i) => {
      const last = i === neighbours.length - 1 && !more;
      const inner = `${indent}${last ? '   ' : '│  '}`;
      const head = `${indent}${last ? '└─ ' : '├─ '}${title(neighbour.key)}  [${neighbour.relation}]`;
      const text = lineageKeyText(neighbour.key);
      if (told.has(text)) return [`${head} (see above)`];
      told.add(text);
      return [head, ...describe(neighbour.key, `${inner}  `), ...branches(neighbour.key, direction, inner)];
    });
    return more ? [...lines, `${indent}└─ … and more`] : lines;
  }

  function section(heading: string, direction: LineageDirection): string[] {
    const lines = branches(graph.focus, direction, '');
    return lines.length === 0 ? [] : ['', heading, ...lines];
  }

  told.add(lineageKeyText(graph.focus));
  return [
    title(graph.focus),
    ...describe(graph.focus, '  '),
    ...section('made from (upstream)', 'upstream'),
    ...section('made from it (downstream)', 'downstream'),
  ].join('\n');
}

function title({ kind, id }: LineageKey): string {
  return `${kind} ${id}`;
}

/** Short facts in one line, lists below it. */
function factLines({ at, facts }: LineageNode): string[] {
  const all = Object.entries({ at, ...facts });
  const short = all.flatMap(([name, value]) =>
    Array.isArray(value) || value === null ? [] : [`${name} ${shortened(value)}`],
  );
  const lists = all.flatMap(([name, value]) =>
    Array.isArray(value) && value.length > 0 ? [`${name}:`, ...value.map((line) => `  ${line}`)] : [],
  );
  return [...(short.length === 0 ? [] : [short.join(' · ')]), ...lists];
}

function shortened(value: Exclude<LineageFact, null>): string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : String(value);
}
