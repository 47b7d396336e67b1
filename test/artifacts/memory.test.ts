import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { withSandbox } from '../../src/artifacts/duckdb.js';
import type { SourceConfiguration } from '../../src/domain/sourceConfiguration.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { flights, flightsPath } from './flights.js';

const program = fileURLToPath(new URL('snapshotProgram.js', import.meta.url));
const gibibyte = 1024 ** 3;
const urlVariable = 'TEMPERED_TEST_FLIGHTS_URL';
const outcomeSchema = z.object({ rowCount: z.int(), maxRssBytes: z.int() });

let directory: string;
let csv: string;
let database: TestDatabase;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tempered-memory-'));
  csv = join(directory, 'flights.csv');
  await withSandbox({ files: [flightsPath], directory }, (connection) =>
    connection.run(`COPY (SELECT * FROM read_parquet('${flightsPath}')) TO '${csv}' (FORMAT csv, HEADER)`),
  );
  database = await createEmptyDatabase();
});
after(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function loadIntoPostgres(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(
      'create unlogged table flights (date timestamp, delay integer, distance integer, origin text, destination text)',
    );
    await pipeline(
      createReadStream(csv),
      client.query(copyFrom('copy flights from stdin (format csv, header)')),
    );
  } finally {
    await client.end();
  }
}

/** Takes the snapshot in a process of its own, whose memory is nobody else's. */
async function assertFlat(source: SourceConfiguration): Promise<void> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, JSON.stringify(source), join(directory, 'store')],
    { env: { ...process.env, [urlVariable]: database.url } },
  );
  const { rowCount, maxRssBytes } = outcomeSchema.parse(JSON.parse(stdout));
  assert.equal(rowCount, 3_000_000);
  assert.ok(maxRssBytes < gibibyte, `${String(Math.round(maxRssBytes / 1024 ** 2))} MiB`);
}

describe('a snapshot of three million rows stays under 1 GiB of memory', () => {
  it('from Parquet', () => assertFlat(flights));
  it('from CSV', () => assertFlat({ kind: 'csv', path: csv }));
  it('from PostgreSQL', async () => {
    await loadIntoPostgres();
    await assertFlat({ kind: 'postgres', urlVariable, query: 'SELECT * FROM flights' });
  });
});
