import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const dataset = z.object({
  namespace: z.string(),
  name: z.string(),
  facets: z.record(z.string(), z.looseObject({ _producer: z.url(), _schemaURL: z.url() })),
  inputFacets: z.record(z.string(), z.looseObject({ _producer: z.url(), _schemaURL: z.url() })).optional(),
  outputFacets: z.record(z.string(), z.looseObject({ _producer: z.url(), _schemaURL: z.url() })).optional(),
});

/** What the specification requires of a run event. */
export const receivedEventSchema = z.strictObject({
  eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']),
  eventTime: z.iso.datetime(),
  run: z.strictObject({
    runId: z.uuid(),
    facets: z.record(z.string(), z.looseObject({ _producer: z.url(), _schemaURL: z.url() })),
  }),
  job: z.strictObject({
    namespace: z.string(),
    name: z.string(),
    facets: z.record(z.string(), z.looseObject({ _producer: z.url(), _schemaURL: z.url() })),
  }),
  inputs: z.array(dataset),
  outputs: z.array(dataset),
  producer: z.url(),
  schemaURL: z.literal('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'),
});
export type ReceivedEvent = z.output<typeof receivedEventSchema>;

export interface LineageReceiver {
  url: string;
  /** What was taken, in the order it came. */
  events: ReceivedEvent[];
  /** The Authorization header of each request. */
  authorizations: (string | undefined)[];
  /** How many requests came, and the most that were under way at once. */
  requests: { count: number; atOnce: number };
  close(): Promise<void>;
}

/**
 * An OpenLineage endpoint over real HTTP.
 *
 * @param answer - the status for the n-th request (from 1); only events answered with 2xx are taken
 */
export async function startLineageReceiver(
  answer: (event: ReceivedEvent, request: number) => number | Promise<number> = () => 201,
  port = 0,
): Promise<LineageReceiver> {
  const events: ReceivedEvent[] = [];
  const authorizations: (string | undefined)[] = [];
  const requests = { count: 0, atOnce: 0 };
  let underWay = 0;
  async function receive(request: IncomingMessage): Promise<number> {
    requests.count += 1;
    const number = requests.count;
    underWay += 1;
    requests.atOnce = Math.max(requests.atOnce, underWay);
    try {
      const event = receivedEventSchema.parse(JSON.parse(await text(request)));
      authorizations.push(request.headers.authorization);
      const status = await answer(event, number);
      if (status < 300) events.push(event);
      return status;
    } finally {
      underWay -= 1;
    }
  }
  const server = createServer((request, response) => {
    void receive(request).then((status) => response.writeHead(status).end());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String(portOf(server))}/api/v1/lineage`,
    events,
    authorizations,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return address.port;
}
