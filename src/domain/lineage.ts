/** Lineage as a graph: what was made from what, from the source of the rows down to the predictions. */

export const lineageKinds = [
  'source',
  'feature-view',
  'definition',
  'dataset',
  'run',
  'artifact',
  'version',
  'validation',
  'rollout',
  'deployment',
  'predictions',
  'prediction',
] as const;
export type LineageKind = (typeof lineageKinds)[number];

/**
 * Names one thing. Ids are a registry's own, such as a run's UUID; those of two parts are joined: `flights@<digest>` for
 * a source, `airport-delays@2` for a feature view, `flight-delay@3` for a version, `flight-delay#4` for a deployment
 * and for the predictions it answered.
 */
export interface LineageKey {
  kind: LineageKind;
  id: string;
}

export type LineageFact = string | number | boolean | null;

export interface LineageNode extends LineageKey {
  /** When it came to be, ISO 8601; null where that is not recorded. */
  at: string | null;
  /** What a reader wants to know of it, by name. */
  facts: Record<string, LineageFact | string[]>;
}

/** `to` was made from, or permitted by, `from`. */
export interface LineageEdge {
  from: LineageKey;
  to: LineageKey;
  /** What `from` is to `to`, in words said of `to`: it was "trained on" `from`. */
  relation: string;
}

export type LineageDirection = 'upstream' | 'downstream';

export interface LineageGraph {
  /** What was asked about; the first of the nodes. */
  focus: LineageKey;
  nodes: LineageNode[];
  edges: LineageEdge[];
  /** Where there is more than was gathered: things whose neighbours in that direction are not all here. */
  incomplete: { key: LineageKey; direction: LineageDirection }[];
}

/** A key as one text, to look it up by. */
export function lineageKeyText({ kind, id }: LineageKey): string {
  return `${kind}/${id}`;
}

/** The neighbours of a thing within a graph, in the graph's order. */
export function neighboursIn(
  { edges }: LineageGraph,
  key: LineageKey,
  direction: LineageDirection,
): { key: LineageKey; relation: string }[] {
  const text = lineageKeyText(key);
  const [near, far] = direction === 'upstream' ? (['to', 'from'] as const) : (['from', 'to'] as const);
  return edges
    .filter((edge) => lineageKeyText(edge[near]) === text)
    .map((edge) => ({ key: edge[far], relation: edge.relation }));
}

/**
 * Gathers what is reachable from `focus`, breadth first: only ever further up from what lies upstream, and further
 * down from what lies downstream, so that siblings stay out.
 *
 * @param neighboursOf - the neighbours of a thing, and whether there are more than those
 * @param maxKeys - gathers no more things than this
 */
export async function gatherLineage(
  focus: LineageKey,
  options: {
    directions: readonly LineageDirection[];
    maxKeys: number;
    neighboursOf: (
      key: LineageKey,
      direction: LineageDirection,
    ) => Promise<{ neighbours: { key: LineageKey; relation: string }[]; more: boolean }>;
  },
): Promise<{ keys: LineageKey[]; edges: LineageEdge[]; incomplete: LineageGraph['incomplete'] }> {
  const keys = new Map([[lineageKeyText(focus), focus]]);
  const edges = new Map<string, LineageEdge>();
  const incomplete: LineageGraph['incomplete'] = [];
  for (const direction of options.directions) {
    const seen = new Set([lineageKeyText(focus)]);
    let level = [focus];
    while (level.length > 0) {
      const next: LineageKey[] = [];
      for (const key of level) {
        const { neighbours, more } = await options.neighboursOf(key, direction);
        let left = more;
        for (const neighbour of neighbours) {
          const text = lineageKeyText(neighbour.key);
          if (!keys.has(text) && keys.size >= options.maxKeys) {
            left = true;
            continue;
          }
          keys.set(text, neighbour.key);
          const edge = edgeBetween(key, neighbour, direction);
          edges.set(`${lineageKeyText(edge.from)} ${edge.relation} ${lineageKeyText(edge.to)}`, edge);
          if (!seen.has(text)) next.push(neighbour.key);
          seen.add(text);
        }
        if (left) incomplete.push({ key, direction });
      }
      level = next;
    }
  }
  return { keys: [...keys.values()], edges: [...edges.values()], incomplete };
}

function edgeBetween(
  key: LineageKey,
  neighbour: { key: LineageKey; relation: string },
  direction: LineageDirection,
): LineageEdge {
  const { relation } = neighbour;
  return direction === 'upstream'
    ? { from: neighbour.key, to: key, relation }
    : { from: key, to: neighbour.key, relation };
}
