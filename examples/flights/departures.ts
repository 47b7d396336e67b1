import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { flightsPath } from './data.js';

/** Every so many flights one is replayed: about 2,000 a day. */
const everyNthFlight = 8;

const flightSchema = z.object({
  row: z.number(),
  departsAtMs: z.number(),
  hour: z.number(),
  weekday: z.number(),
  distanceMiles: z.number(),
  origin: z.string(),
  destination: z.string(),
  late: z.boolean(),
  arrivesAtMs: z.number(),
});
export type Flight = z.output<typeof flightSchema>;

const connection = await (await DuckDBInstance.create(':memory:')).connect();

/** Flights that depart in a span of time, in order; null after the last day of the data. */
export async function readFlights(fromMs: number, toMs: number): Promise<Flight[] | null> {
  const result = await connection.runAndReadAll(
    `select file_row_number::double as row, epoch_ms(date)::double as "departsAtMs", hour(date)::integer as hour,
            dayofweek(date)::integer as weekday, distance::double as "distanceMiles", origin, destination,
            delay > 15 as late,
            -- On the way at 8 miles a minute, half an hour on the ground, and the delay.
            epoch_ms(date)::double + 60000 * (30 + distance / 8.0 + greatest(delay, 0)) as "arrivesAtMs"
       from read_parquet($path, file_row_number = true)
      where date >= make_timestamp($from::bigint * 1000) and date < make_timestamp($to::bigint * 1000)
        and file_row_number % ${String(everyNthFlight)} = 0
      order by date, file_row_number`,
    { path: flightsPath, from: BigInt(fromMs), to: BigInt(toMs) },
  );
  const flights = z.array(flightSchema).parse(result.getRowObjectsJS());
  return flights.length === 0 ? null : flights;
}
