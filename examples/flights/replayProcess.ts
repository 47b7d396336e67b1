import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const progressSchema = z.object({
  eventTime: z.string(),
  predictions: z.number(),
  outcomes: z.number(),
  failed: z.number(),
});

/** The client process that replays flights, seen from the process that started it. */
export class Replay {
  private progress: z.output<typeof progressSchema> | null = null;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => {
      this.progress = progressSchema.parse(message);
    });
  }

  static start(options: {
    gatewayUrl: string;
    apiKey: string;
    from: string;
    checkpointFile: string;
  }): Replay {
    const { gatewayUrl, apiKey, from, checkpointFile } = options;
    const child = fork(
      fileURLToPath(new URL('replay.js', import.meta.url)),
      [gatewayUrl, from, checkpointFile],
      {
        env: { ...process.env, TEMPERED_API_KEY: apiKey },
      },
    );
    return new Replay(child);
  }

  /** The day that is being replayed. */
  eventDay(): string {
    return this.progress?.eventTime.slice(0, 10) ?? 'the first day';
  }

  describe(): string {
    if (this.progress === null) return 'nothing yet';
    const { predictions, outcomes, failed } = this.progress;
    const count = (value: number) => value.toLocaleString('en');
    return `${count(predictions)} predictions, ${count(outcomes)} outcomes, ${count(failed)} failed, up to ${this.eventDay()}`;
  }

  /** Rejects when the client stops by itself: without traffic nothing would ever happen again. */
  async untilFailed(): Promise<never> {
    await once(this.child, 'exit');
    throw new Error('the client that replays flights has stopped; see its message above');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}
