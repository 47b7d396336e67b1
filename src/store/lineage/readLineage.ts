import {
  gatherLineage,
  type LineageDirection,
  type LineageGraph,
  type LineageKey,
} from '../../domain/lineage.js';
import type { Database } from '../database.js';
import { readNeighbours } from './neighbours.js';
import { readNodes } from './nodes.js';

/** Things in one answer, and neighbours of one thing by one link: a graph says where it left some out. */
export const lineageLimits = { nodes: 300, neighbours: 20 };

/** The lineage of a thing that is there. */
export async function readLineage(
  db: Database,
  focus: LineageKey,
  directions: readonly LineageDirection[] = ['upstream', 'downstream'],
): Promise<LineageGraph> {
  const { keys, edges, incomplete } = await gatherLineage(focus, {
    directions,
    maxKeys: lineageLimits.nodes,
    neighboursOf: (key, direction) => readNeighbours(db, key, direction, lineageLimits.neighbours),
  });
  return { focus, nodes: await readNodes(db, keys), edges, incomplete };
}
