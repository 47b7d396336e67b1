import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Flight } from './departures.js';

const outcomesPerRequest = 500;
const awayPauseMs = 250;

export interface Outcome {
  predictionId: string;
  late: boolean;
  observedAtMs: number;
}

const answerSchema = z.object({ parameters: z.object({ prediction_ids: z.array(z.string()).length(1) }) });

/** What a backend developer writes against the gateway: two POST requests. */
export class GatewayClient {
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  /** Waits until the model serves; its baseline is enough. */
  async untilReady(): Promise<void> {
    for (;;) {
      const response = await this.request('/v2/models/flight-delay/ready', { method: 'GET' });
      await response.body?.cancel();
      if (response.ok) return;
      await sleep(awayPauseMs);
    }
  }

  /**
   * Sends what the backend knows of a flight: the gateway looks its airports' and its route's features up by themselves.
   * The prediction's id, or null where the gateway answered with an error. Waits while the gateway is away.
   */
  async predict(flight: Flight): Promise<string | null> {
    const tensor = (name: string, datatype: string, value: number | string) => ({
      name,
      datatype,
      shape: [1, 1],
      data: [value],
    });
    const response = await this.post('/v2/models/flight-delay/infer', {
      parameters: {
        routing_key: `flight-${String(flight.row)}`,
        event_time: new Date(flight.departsAtMs).toISOString(),
      },
      inputs: [
        tensor('hour', 'INT64', flight.hour),
        tensor('weekday', 'INT64', flight.weekday),
        tensor('distanceMiles', 'FP32', flight.distanceMiles),
        tensor('origin', 'BYTES', flight.origin),
        tensor('destination', 'BYTES', flight.destination),
      ],
    });
    if (!response.ok) {
      await response.body?.cancel();
      return null;
    }
    return answerSchema.parse(await response.json()).parameters.prediction_ids[0] ?? null;
  }

  /** Says what really happened. Safe to say twice. Answers how many were sent. */
  async postOutcomes(outcomes: readonly Outcome[]): Promise<number> {
    for (let start = 0; start < outcomes.length; start += outcomesPerRequest) {
      const body = outcomes.slice(start, start + outcomesPerRequest).map((outcome) => ({
        prediction_id: outcome.predictionId,
        label: outcome.late ? 1 : 0,
        observed_at: new Date(outcome.observedAtMs).toISOString(),
      }));
      const response = await this.post('/outcomes', { outcomes: body });
      if (!response.ok)
        throw new Error(`posting outcomes failed: ${String(response.status)} ${await response.text()}`);
      await response.body?.cancel();
    }
    return outcomes.length;
  }

  private post(path: string, body: unknown): Promise<Response> {
    return this.request(path, { method: 'POST', body: JSON.stringify(body) });
  }

  /** A gateway that is being started again is waited for. */
  private async request(path: string, init: RequestInit): Promise<Response> {
    const headers = { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' };
    for (;;) {
      try {
        const response = await fetch(this.url + path, { ...init, headers });
        if (response.status !== 503) return response;
        await response.body?.cancel();
      } catch (error) {
        // undici's fetch says "fetch failed" as a TypeError when nobody answers.
        if (!(error instanceof TypeError)) throw error;
      }
      await sleep(awayPauseMs);
    }
  }
}
