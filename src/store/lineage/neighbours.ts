import type { LineageDirection, LineageKey } from '../../domain/lineage.js';
import type { Database } from '../database.js';
import { keyColumns, keyOf, keyValues } from './keys.js';
import { lineageLinks, type LineageLink } from './links.js';

type LinkRow = Record<string, string | number>;

/** What a thing was made from (upstream) or what was made from it, by link: the newest first, at most `limit` each. */
export async function readNeighbours(
  db: Database,
  key: LineageKey,
  direction: LineageDirection,
  limit: number,
): Promise<{ neighbours: { key: LineageKey; relation: string }[]; more: boolean }> {
  const [near] = sidesOf(direction);
  const links = lineageLinks.filter(
    (link) => link[near] === key.kind && (link.only === undefined || link.only === direction),
  );
  const found = await Promise.all(
    links.map(async (link) => ({ link, rows: await followLink(db, link, key, direction, limit + 1) })),
  );
  return {
    neighbours: found.flatMap(({ link, rows }) =>
      rows.slice(0, limit).map((row) => ({ key: farKey(link, row, direction), relation: link.relation })),
    ),
    more: found.some(({ rows }) => rows.length > limit),
  };
}

async function followLink(
  db: Database,
  link: LineageLink,
  key: LineageKey,
  direction: LineageDirection,
  limit: number,
): Promise<LinkRow[]> {
  const [, far, nearPrefix, farPrefix] = sidesOf(direction);
  const conditions = keyColumns[key.kind].map(({ name, type }) => `${nearPrefix}${name} = ?::${type}`);
  const columns = keyColumns[link[far]].map(({ name }) => `${farPrefix}${name}`).join(', ');
  const { rows } = await db.raw<{ rows: LinkRow[] }>(
    `select ${columns} from (${link.sql}) as link where ${conditions.join(' and ')}
     group by ${columns} order by max(at) desc, ${columns} limit ?`,
    [...keyValues(key), limit],
  );
  return rows;
}

function farKey(link: LineageLink, row: LinkRow, direction: LineageDirection): LineageKey {
  const [, far, , farPrefix] = sidesOf(direction);
  return keyOf(
    link[far],
    keyColumns[link[far]].map(({ name }) => row[`${farPrefix}${name}`] ?? ''),
  );
}

/** The end of a link that is known and the one that is looked for, each with the prefix of its columns. */
function sidesOf(direction: LineageDirection) {
  return direction === 'upstream'
    ? (['to', 'from', 'down_', 'up_'] as const)
    : (['from', 'to', 'up_', 'down_'] as const);
}
