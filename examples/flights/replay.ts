/**
 * A client of its own: replays flights in the order they departed, asks the gateway about each before it departs,
 * and posts what really happened once the plane has arrived. Event time is the clock; it runs faster than life did.
 *
 *   TEMPERED_API_KEY=… node replay.js <gateway url> <from, ISO> <checkpoint file>
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readFlights, type Flight } from './departures.js';
import { GatewayClient, type Outcome } from './gatewayClient.js';
import { readCheckpoint, writeCheckpoint } from './replayCheckpoint.js';

const requestsPerSecond = 800;
const connections = 16;
const chunkMs = 6 * 3_600_000;

/** What this process tells its parent after each chunk. */
export interface ReplayProgress {
  eventTime: string;
  predictions: number;
  outcomes: number;
  failed: number;
}

const [gatewayUrl, from, checkpointFile] = process.argv.slice(2);
const apiKey = process.env['TEMPERED_API_KEY'];
if (gatewayUrl === undefined || from === undefined || checkpointFile === undefined || apiKey === undefined) {
  throw new Error('usage: TEMPERED_API_KEY=… node replay.js <gateway url> <from, ISO> <checkpoint file>');
}
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));

const gateway = new GatewayClient(gatewayUrl, apiKey);
const progress: ReplayProgress = { eventTime: from, predictions: 0, outcomes: 0, failed: 0 };
const resumed = await readCheckpoint(checkpointFile);
let pending: Outcome[] = resumed?.pending ?? [];
let clockMs = Date.parse(resumed?.eventTime ?? from);
await gateway.untilReady();

for (;;) {
  const flights = await readFlights(clockMs, clockMs + chunkMs);
  if (flights === null) break;
  clockMs += chunkMs;
  pending.push(...(await predictAll(flights)));
  const arrived = pending.filter((outcome) => outcome.observedAtMs <= clockMs);
  progress.outcomes += await gateway.postOutcomes(arrived);
  pending = pending.filter((outcome) => outcome.observedAtMs > clockMs);
  progress.eventTime = new Date(clockMs).toISOString();
  await writeCheckpoint(checkpointFile, { eventTime: progress.eventTime, pending });
  process.send?.(progress);
}
console.error('The replay has reached the end of the data.');

/** Sends each flight when it is due; a few connections side by side, so that a slow answer slows the clock down. */
async function predictAll(flights: Flight[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = flights.entries();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (const [i, flight] of queue) {
        const earlyMs = startedAt + (i * 1000) / requestsPerSecond - performance.now();
        if (earlyMs > 1) await sleep(earlyMs);
        const predictionId = await gateway.predict(flight);
        if (predictionId === null) {
          progress.failed += 1;
          continue;
        }
        progress.predictions += 1;
        outcomes.push({ predictionId, late: flight.late, observedAtMs: flight.arrivesAtMs });
      }
    }),
  );
  return outcomes;
}
